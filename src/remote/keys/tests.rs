//! Keys as ssh-keygen made them, and what people hand in instead.

use sha2::{Digest as _, Sha256};

use super::*;
use crate::texts::{self, Lang};

const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF3tBbq4Fyz9kjm/1hELBhU0gpxURpijPEKWys7bP5Dh";
const P256: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBIz3zJoFBuA4\
    iRvB251bMwAFQy4ukISR2Semab9gf+r8QCvaftYocyZ4vxJCJNcSgFA+4luZvP6dxebhcY+h/2g=";
const P384: &str = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBEu9sL5Q8Kk7\
    e5mRl8FNtMMtiW7GUehNCaDt1zNhkr+CLiqW3eF6uXXCAp9xkkvPIFhoMNbBkWlMOBk3QkjYFKgbSooPOeEV\
    5zqGMWU1E+5kKKG/qW9rYOO9T7nQziZnaQ==";
const P521: &str = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAE4s4nwrDBN\
    Ys5C19oiAAMmdf9Ns4u8W2UpYw+4Ot0I4oK9Yfnztjvut0rYKN+7Tklew4ScQ+Vkkuh9WuAohHA2qAETrbRb\
    VUWMFc0HzToVaCTSQunUSEBBKpMgvyVFn5dccYKff+Iaqd2fPHrtpoINPtf1kTHqnLUvr50UVOG0qfoF5Q==";
const RSA_3072: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDS/+lUJrwNFpmPxovk1HyYfhBS+dQlubuHT2KhAKSR+nGZ\
    i3zl4izKy4J5zp31pILAonmdauzZ2nnPcgtkb3morLHGXM9XUqynW1FUUdqH/KrupQsBogAHpabOR+LBMGdS\
    Ed/tEqmPWf+Wf+Q+GhN4CGc7zP39lltdUvSwcnrmafcFRig1tBn7Rr6N5y9d56vAEuZnNqxDDIzMcMDcx+W4\
    IUjRXWmCcrKRzJaP6Mn/ElHSWQjvui/ZBLh6hMaxm98EUtDb6H9VvIG6FaF4Xp0tUvKL1ZSWG3vQl0Q3ah7z\
    DcHaC36/6SfG77XxbRlqZOQuOAVond/uUGt6DDTD5+ZssVY2GF6QvpH72cAH3DGyZTNTgFHGIFkD5MApN0hH\
    8EXTtiQxl0RkRB/ZfU27mITS4VHDcvfdfLnm36lRG56ciMRtN925SsLL03LTmif+eXmV49JfSqvoP2arseos\
    muO2IxlsUkzvDmXbl580RdYDrlbIAxYRntbw5XiFiuiTbtc=";
const RSA_2048: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC8204kSRByQ/DkcxxG3w4fgo+M/aytULxqQ6GBAGLkNrb6\
    v1EgHqcepOWbuBkmcJ1pJBv033W3byK7Y/ebPIoKe2qVVEMTDMF6lwD/r6HxisPhu1J9uk2mLDYqes7zDvFT\
    cGTLNmiJeBVXi36mBS1U0Os5PaPTfe17zQ4uXMg2R/WKfDse71VpEZlXcfDeb/vlXRv8snMVxpSox0P4AHkl\
    0gn1BdY2mzkOm7O5a8FB3UB0/0YsphAlOoaG01yX+ENlE00HY7fTIdyVhKqGwfjjYRFAmiwcmBgtZB/ddHct\
    /AOJLAhfGj7LRBw+qF1r2cB20qgZow0Ayw1NWWZj9pIp";
const CERTIFIED: &str = "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDF\
    Ab3BlbnNzaC5jb20AAAAgL4gC2CkW9CXOWDR6szq4wDZ5fCUeUx6o6+YFZBD2fqsAAAAIbmlzdHAyNTYAAAB\
    BBIz3zJoFBuA4iRvB251bMwAFQy4ukISR2Semab9gf+r8QCvaftYocyZ4vxJCJNcSgFA+4luZvP6dxebhcY+\
    h/2gAAAAAAAAAAAAAAAEAAAACbWUAAAAGAAAAAm9wAAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1\
    pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1\
    wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAA\
    AAAAzAAAAC3NzaC1lZDI1NTE5AAAAIF3tBbq4Fyz9kjm/1hELBhU0gpxURpijPEKWys7bP5DhAAAAUwAAAAt\
    zc2gtZWQyNTUxOQAAAECzQjkd9UHowUmE8smmxMCKqKyHKj91UVBCz6sXFHXqJf8zrn5ExXQZphQrbKeBExX\
    zCWN5DuOnEbZOu4owx1EE";

/// What `ssh-keygen -l` prints of them.
const PRINTED: [(&str, &str); 5] = [
    (ED25519, "SHA256:AkmTJSgMZZckBLhKnScajwry077JcMVIe9IVrjCxYOs"),
    (P256, "SHA256:4hNfGAux+ttwc5Pjq9WfVEDTWl1H5cWrGAebaoCEd3g"),
    (P384, "SHA256:XhXngYgP3BReCDySLgZ+0YImZLDaL/3Ll304c/A+Tyo"),
    (P521, "SHA256:davRyeDnnTiTxV+CRfDEihHL/BXqurjGEfd6oHt6OpU"),
    (RSA_3072, "SHA256:YhoKixFjCcFOLf+E8vddiKCMp1keszaBSHZq+b8LUWI"),
];

fn good(file: &str) -> StaffKey {
    read(file.as_bytes()).unwrap_or_else(|refusal| panic!("{file}: {refusal:?}"))
}

/// What is said of a file that is refused, in English and in Japanese.
fn said(file: &[u8]) -> String {
    let refusal = read(file).expect_err("refused");
    assert_eq!(refusal.code, Code::KeyUnusable);
    let ja = texts::refusal(&refusal, Lang::Ja).message;
    assert!(!ja.is_ascii(), "{ja}");
    texts::refusal(&refusal, Lang::En).message
}

/// A field of SSH's wire format.
fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
    [&length, bytes].concat()
}

#[test]
fn a_key_is_named_as_ssh_keygen_names_it() {
    for (line, printed) in PRINTED {
        let key = good(&format!("{line} yamada@desk 1\n"));
        assert_eq!(key.fingerprint.as_str(), printed);
        assert_eq!(key.comment.expose(), "yamada@desk 1");
        assert_eq!(format!("{} {}", key.algorithm.as_str(), key.blob_base64), line);
        let offered = PublicKey::from_openssh(line).expect("a key");
        assert_eq!(fingerprint(&offered), Some(key.fingerprint.clone()));
        assert_eq!(of(&offered), Ok(StaffKey { comment: Private::default(), ..key }));
    }
}

#[test]
fn keys_on_security_keys_are_taken() {
    let point = STANDARD.decode(P256.split_once(' ').expect("two").1).expect("base64");
    let point = &point[point.len() - 65..];
    let kinds: [(&str, Vec<Vec<u8>>); 2] = [
        ("sk-ssh-ed25519@openssh.com", vec![field(&[7; 32]), field(b"ssh:")]),
        (
            "sk-ecdsa-sha2-nistp256@openssh.com",
            vec![field(b"nistp256"), field(point), field(b"ssh:")],
        ),
    ];
    for (kind, fields) in kinds {
        let blob = [field(kind.as_bytes()), fields.concat()].concat();
        let key = good(&format!("{kind} {} touch me", STANDARD.encode(&blob)));
        assert_eq!(key.algorithm.as_str(), kind);
        assert_eq!(key.fingerprint, Fingerprint::of_sha256(&Sha256::digest(&blob).into()));
    }
}

#[test]
fn a_file_may_look_as_editors_leave_it() {
    let whole = good(ED25519);
    assert!(whole.comment.is_empty());
    let (kind, blob) = ED25519.split_once(' ').expect("two");
    for file in [
        format!("\u{feff}{ED25519}\r\n"),
        format!("\n# from the new desk\n  {ED25519}  \n\n"),
        format!("{kind}\t{blob}"),
        format!("{kind}   {blob}   "),
    ] {
        assert_eq!(good(&file), whole, "{file:?}");
    }
}

#[test]
fn a_comment_is_cleaned_and_bounded() {
    let key = good(&format!("{ED25519} 山田\u{202e}\u{7}の端末\t1"));
    assert_eq!(key.comment.expose(), "山田��の端末 1");
    let key = good(&format!("{ED25519} {}", "あ".repeat(500)));
    assert_eq!(key.comment.expose().chars().count(), MAX_COMMENT_CHARS);
    assert!(!format!("{key:?}").contains('あ'), "it may name a person");
}

#[test]
fn what_is_no_key_is_told_what_it_is() {
    let (kind, blob) = ED25519.split_once(' ').expect("two");
    let two = format!("{ED25519} one\n{P256} two\n");
    let options = format!("from=\"10.0.0.*\",no-pty {ED25519} yamada");
    let command = format!("command=\"echo hello\" {RSA_3072}");
    let wrong_kind = format!("ecdsa-sha2-nistp256 {blob}");
    let cut = &ED25519[..ED25519.len() - 4];
    let long = format!("{ED25519} {}", "x".repeat(MAX_FILE_BYTES));
    let dsa = "ssh-dss AAAAB3NzaC1kc3MAAACBAP";
    let tried: Vec<(&[u8], &str)> = vec![
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", "this is a private key"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIEow", "this is a private key"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", "this is a private key"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3NzaC1lZDI1NTE5", "ssh-keygen -i"),
        (b"-----BEGIN PUBLIC KEY-----\nMIIBojANBgkq", "ssh-keygen -i"),
        (two.as_bytes(), "several lines"),
        (CERTIFIED.as_bytes(), "a certificate"),
        (options.as_bytes(), "options stand before"),
        (command.as_bytes(), "options stand before"),
        (RSA_2048.as_bytes(), "2048 bits, and 3072"),
        (dsa.as_bytes(), "kind ssh-dss"),
        (wrong_kind.as_bytes(), "no public key"),
        (cut.as_bytes(), "no public key"),
        (long.as_bytes(), "no public key"),
        (kind.as_bytes(), "no public key"),
        (b"ssh-ed25519 ", "no public key"),
        (b"ssh-ed25519 AAAA", "no public key"),
        (b"ssh-ed25519 nothing of the kind", "no public key"),
        (b"", "no public key"),
        (b"\n# nothing\n", "no public key"),
        (b"\xff\xfes\0s\0h\0-\0", "no public key"),
        ("山田の鍵".as_bytes(), "no public key"),
    ];
    for (file, why) in tried {
        let said = said(file);
        assert!(said.contains(why), "{}: {said}", String::from_utf8_lossy(file));
    }
}
