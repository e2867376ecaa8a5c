//! Public keys of people, and giving them out.

use super::{Answer, Office};

/// A line of a key file, and its fingerprint as `ssh-keygen -l` prints it.
pub type Key = (&'static str, &'static str);

/// Three keys: two of Ed25519, and one of ECDSA between them.
pub const KEYS: [Key; 3] = [
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9JwRaYvNlKnARdJ3Xi2cpoH4vkH6DYtlR0k/sWyFP/",
        "SHA256:S0EuEP7d9aPmftg6jrPOebwTCO5wmPBozg14m8+s+6A",
    ),
    (
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMakXR2h\
            rfhD/q7nCzpnvjxHCgS6Y3tXjmDYhiNFezJd5qzEF1FGsEJEUGOinZbQMKMEdI60lFQU5kRL4EhJGG4=",
        "SHA256:u59iLN0ewL59NZEnIB5bqXlrV2jHDk+c22VeflIS0GE",
    ),
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk3syuCZROBKju0HQ2ZPCO7vfzeQDl55gootaxU5pCy",
        "SHA256:41dnR+LyDs5saWcyfdAXcnKGDEzKxW2v1TKkvubzZfM",
    ),
];

/// The admin gives somebody a key; its comment is `desk of ID`.
pub fn give(office: &Office, id: &str, key: Key) -> Answer {
    give_as(office, "ad", id, &format!("{} desk of {id}\n", key.0))
}

/// Somebody gives somebody a file as a key.
pub fn give_as(office: &Office, who: &str, id: &str, file: &str) -> Answer {
    let path = office.file("key.pub", file);
    office.run(who, ["staff", "key", "add", id, path.to_str().expect("a path")])
}
