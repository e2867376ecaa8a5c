//! Who comes in over SSH and who does not: by key or by password, as long as there is room,
//! for a desk and for nothing else.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
#[path = "slow/store.rs"]
mod line;
mod ssh;
mod terminal;

use std::process::Command;
use std::sync::Arc;

use common::{Office, PASSWORD};
use line::SlowStore;
use madoguchi::config::Settings;
use madoguchi::store::Store;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use ssh::desk::{Connection, Desk, answered};
use ssh::{DEADLINE, Server};
use terminal::{PAID_IN_CASH, USUAL, facts, key, office};
use tokio::net::TcpStream;

/// A key that nobody has but the test with this number.
fn key_of(number: u8) -> Arc<PrivateKey> {
    Arc::new(PrivateKey::from(Ed25519Keypair::from_seed(&[number; 32])))
}

/// The admin keeps a key with somebody; its fingerprint.
fn keep(office: &Office, staff: &str, key: &PrivateKey) -> String {
    let line = key.public_key().to_openssh().expect("a line");
    let file = office.file(&format!("{staff}.pub"), &format!("{line}\n"));
    let file = file.display().to_string();
    office.run("ad", ["staff", "key", "add", staff, &file]).done();
    key.fingerprint(russh::keys::HashAlg::Sha256).to_string()
}

/// The desk of somebody who comes by key.
async fn desk_by_key(server: &Server, staff: &str, key: &Arc<PrivateKey>) -> Desk {
    let mut connection = Connection::open(server).await.expect("connected");
    assert!(connection.key(staff, key).await.success(), "{}", connection.told.all());
    let desk = connection.desk(USUAL, &[("LANG", "ja_JP.UTF-8")]).await;
    desk.wait_for("お客様の4点").await;
    desk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_asked_for_and_a_wrong_one_is_said_to_be_wrong() {
    let office = office();
    let server = Server::of(&office);
    let mut connection = Connection::open(&server).await.expect("connected");
    assert!(!connection.password("op", "wrong horse").await.expect("an answer").success());
    assert!(
        connection.told.all().contains("ユーザー名は担当者IDです"),
        "{}",
        connection.told.all()
    );
    assert!(connection.password("op", PASSWORD).await.expect("an answer").success());

    // In a dialogue the words come with the question, in both languages.
    let mut connection = Connection::open(&server).await.expect("connected");
    assert_eq!(connection.dialogue("op2", &["wrong", PASSWORD]).await, Ok(()));
    let mut connection = Connection::open(&server).await.expect("connected");
    let words = connection.dialogue("op2", &["wrong", "wrong", "wrong", PASSWORD]).await;
    let words = words.expect_err("three are enough");
    assert_eq!(words.len(), 4, "{words:?}");
    let last = words.last().expect("words");
    assert!(last.contains("担当者IDまたはパスワードが違います。"), "{last}");
    assert!(last.contains("The staff ID or the password is wrong."), "{last}");

    // Nobody is told whether such a person exists.
    for staff in ["nobody", "root", "山田"] {
        let mut connection = Connection::open(&server).await.expect("connected");
        let words = connection.dialogue(staff, &["wrong"]).await.expect_err("nobody");
        assert!(words.iter().any(|words| words == last), "{words:?}");
    }
    let signed_in = connection.password("op2", PASSWORD).await;
    assert!(signed_in.is_err() || signed_in.is_ok_and(|answer| !answer.success()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_is_barred_is_told_so_when_the_password_is_right() {
    let office = office();
    let server = Server::of(&office);
    office.run("ad", ["staff", "disable", "op2"]).done();
    let mut connection = Connection::open(&server).await.expect("connected");
    let words = connection.dialogue("op2", &[PASSWORD]).await.expect_err("barred");
    assert!(words.iter().any(|words| words.contains("利用停止になっています")), "{words:?}");
    let mut connection = Connection::open(&server).await.expect("connected");
    let _ = connection.password("op2", PASSWORD).await;
    let told = connection.ended().await;
    assert!(told.contains("This staff ID is disabled."), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_signs_its_person_in_and_nobody_else() {
    let office = office();
    let server = Server::of(&office);
    let (own, strange) = (key_of(1), key_of(2));
    keep(&office, "op", &own);
    let mut connection = Connection::open(&server).await.expect("connected");
    assert!(!connection.key("op2", &own).await.success(), "somebody else's");
    assert!(!connection.key("op", &strange).await.success(), "nobody's");
    assert!(connection.key("op", &own).await.success(), "{}", connection.told.all());
    let desk = connection.desk(USUAL, &[("LANG", "ja_JP.UTF-8")]).await;
    desk.wait_for("お客様の4点").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_settings_name_signs_in() {
    let office = office();
    let own = key_of(3);
    keep(&office, "op", &own);
    let both = "# sign_in = [\"key\", \"password\"]";
    let keys = Server::under(&office, &[(both, "sign_in = [\"key\"]")]);
    let mut connection = Connection::open(&keys).await.expect("connected");
    assert!(!connection.password("op", PASSWORD).await.expect("an answer").success());
    assert!(connection.dialogue("op", &[PASSWORD]).await.is_err());
    assert!(connection.key("op", &own).await.success());
    let passwords = Server::under(&office, &[(both, "sign_in = [\"password\"]")]);
    let mut connection = Connection::open(&passwords).await.expect("connected");
    assert!(!connection.key("op", &own).await.success());
    assert!(connection.password("op", PASSWORD).await.expect("an answer").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_and_a_barred_person_are_put_out_at_once() {
    let office = office();
    let server = Server::of(&office);
    let (own, other) = (key_of(4), key_of(5));
    let fingerprint = keep(&office, "op", &own);
    keep(&office, "op2", &other);
    let revoked = desk_by_key(&server, "op", &own).await;
    let stays = desk_by_key(&server, "op2", &other).await;
    revoked.keys(&facts(PAID_IN_CASH)).await;
    revoked.wait_for("› 若草堂").await;
    office.run("ad", ["staff", "key", "revoke", "op", &fingerprint]).done();
    let (status, screen) = revoked.ended().await;
    assert_eq!(status, Some(1));
    assert!(screen.contains("サインインの権限がなくなったため"), "{screen}");
    assert!(!screen.contains(PAID_IN_CASH), "{screen}");
    let mut again = Connection::open(&server).await.expect("connected");
    assert!(!again.key("op", &own).await.success());
    // Their password is another way in, and finds what was typed.
    assert!(again.password("op", PASSWORD).await.expect("an answer").success());
    let again = again.desk(USUAL, &[("LANG", "ja_JP.UTF-8")]).await;
    again.wait_for("続きから始めます").await;
    stays.keys(key::F1).await;
    stays.wait_for("操作（Escで閉じる）").await;

    office.run("ad", ["staff", "disable", "op2"]).done();
    let (_, screen) = stays.ended().await;
    assert!(screen.contains("サインインの権限がなくなったため"), "{screen}");
    assert!(again.shows("お客様の4点"), "{}", again.screen());
}

/// Nothing else happened after a blink of the database, and nobody asked again who may be here:
/// the desk stayed open to somebody whose key was revoked in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_revoked_while_the_database_does_not_answer_is_put_out_when_it_does() {
    let office = office();
    let own = key_of(6);
    let fingerprint = keep(&office, "op", &own);
    let line = Arc::new(SlowStore::before(office.store().await));
    let settings = Settings::builtin().expect("the built-in settings");
    let (address, known) = served_here(&office, Arc::<SlowStore>::clone(&line), settings).await;
    let connection = Connection::open_known(&known, address, [127, 0, 0, 1]).await;
    let mut connection = connection.expect("connected");
    assert!(connection.key("op", &own).await.success(), "{}", connection.told.all());
    let desk = connection.desk(USUAL, &[]).await;
    desk.wait_for("お客様の4点").await;

    line.lose("barred");
    office.run("ad", ["staff", "key", "revoke", "op", &fingerprint]).done();
    // The first time may be on account of what was written before the revocation.
    let until = tokio::time::Instant::now() + DEADLINE;
    while line.asked_in_vain() < 2 {
        assert!(tokio::time::Instant::now() < until, "nobody asks again");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(desk.shows("お客様の4点"), "nobody knows yet:\n{}", desk.screen());
    line.lose_nothing();
    let (status, screen) = desk.ended().await;
    assert_eq!(status, Some(1));
    assert!(screen.contains("サインインの権限がなくなったため"), "{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_desks_and_nothing_else() {
    let office = office();
    let server = Server::of(&office);
    let signed_in = async || {
        let mut connection = Connection::open(&server).await.expect("connected");
        assert!(connection.password("op", PASSWORD).await.expect("an answer").success());
        connection
    };
    for request in ["exec", "sftp", "shell"] {
        let connection = signed_in().await;
        let mut channel = connection.session.channel_open_session().await.expect("a channel");
        channel.set_env(false, "LANG", "ja_JP.UTF-8").await.expect("asked");
        match request {
            "exec" => channel.exec(true, "id").await,
            "sftp" => channel.request_subsystem(true, "sftp").await,
            _ => channel.request_shell(true).await,
        }
        .expect("asked");
        let (taken, words, status) = answered(&mut channel).await;
        assert_eq!((taken, status), (Some(false), Some(1)), "{request}: {words}");
        let wanted = if request == "shell" { "ssh -t" } else { "窓口の端末だけです" };
        assert!(words.contains(wanted), "{request}: {words}");
    }

    let connection = signed_in().await;
    let session = &connection.session;
    assert!(session.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 1).await.is_err());
    assert!(session.channel_open_direct_streamlocal("/tmp/socket").await.is_err());
    assert!(session.tcpip_forward("127.0.0.1", 0).await.is_err());
    assert!(session.streamlocal_forward("/tmp/socket").await.is_err());
    let mut channel = session.channel_open_session().await.expect("the one channel");
    channel.agent_forward(true).await.expect("asked");
    assert!(matches!(channel.wait().await, Some(russh::ChannelMsg::Failure)));
    channel.request_x11(true, false, "MIT-MAGIC-COOKIE-1", "0", 0).await.expect("asked");
    assert!(matches!(channel.wait().await, Some(russh::ChannelMsg::Failure)));
    assert!(session.channel_open_session().await.is_err(), "a second desk on one connection");
    // None of this is in the way of the desk.
    channel.request_pty(true, "xterm", 100, 28, 0, 0, &[]).await.expect("asked");
    assert!(matches!(channel.wait().await, Some(russh::ChannelMsg::Success)));
    channel.request_shell(true).await.expect("asked");
    assert!(matches!(channel.wait().await, Some(russh::ChannelMsg::Success)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_finds_no_desk_is_told_so_and_finds_one_when_it_is_left() {
    let office = office();
    let server = Server::under(&office, &[("# max_desks = 300", "max_desks = 1")]);
    let first = Desk::at_work(&server, "op", USUAL).await;
    let mut late = Connection::open(&server).await.expect("connected");
    assert!(!late.password("op2", PASSWORD).await.is_ok_and(|answer| answer.success()));
    let told = late.ended().await;
    assert!(told.contains("ただいま満席です。"), "{told}");
    // The client may give up by itself before it hears the reason of the disconnection.
    assert!(told.contains("All desks are taken."), "{told}");
    first.keys(key::CTRL_Q).await;
    first.ended().await;
    let until = tokio::time::Instant::now() + DEADLINE;
    loop {
        let mut next = Connection::open(&server).await.expect("connected");
        if next.password("op2", PASSWORD).await.is_ok_and(|answer| answer.success()) {
            break;
        }
        assert!(tokio::time::Instant::now() < until, "the desk is still taken");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_only_so_many_connections() {
    let office = office();
    let few = [("# max_desks_per_address = 300", "max_desks_per_address = 1")];
    let server = Server::under(&office, &few);
    let _first = Desk::at_work(&server, "op", USUAL).await;
    let told = match Connection::open(&server).await {
        Ok(connection) => connection.ended().await,
        Err(told) => told,
    };
    assert!(told.contains("Too many are connecting."), "{told}");
    let other = Connection::open_from(&server, server.address, [127, 0, 0, 2]).await;
    assert!(other.expect("room").password("op2", PASSWORD).await.expect("an answer").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_sign_in_in_time_leaves() {
    let office = office();
    let server = Server::under(&office, &[("# sign_in_seconds = 30", "sign_in_seconds = 1")]);
    let told = Connection::open(&server).await.expect("connected").ended().await;
    assert!(told.contains("Nobody signed in within the time for it."), "{told}");
    // Neither does who says nothing at all, nor who signs in and opens no desk.
    let mut silent = TcpStream::connect(server.address).await.expect("connected");
    let mut heard = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut heard);
    tokio::time::timeout(DEADLINE, read).await.expect("it ends").ok();
    let mut idle = Connection::open(&server).await.expect("connected");
    assert!(idle.password("op", PASSWORD).await.expect("an answer").success());
    idle.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_connections_and_of_wrong_passwords_keeps_nobody_from_working() {
    let office = office();
    let server = Server::under(&office, &[("# max_waiting = 400", "max_waiting = 16")]);
    let own = key_of(6);
    keep(&office, "sv", &own);
    let desk = Desk::at_work(&server, "op", USUAL).await;

    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(TcpStream::connect(server.address).await.expect("connected"));
    }
    // The flood has all places; whoever comes from elsewhere gets one of them.
    let from = [127, 0, 0, 2];
    let other = Connection::open_from(&server, server.address, from).await;
    let mut other = other.expect("a place");
    assert!(other.password("op2", PASSWORD).await.expect("an answer").success());
    let other = other.desk(USUAL, &[("LANG", "ja_JP.UTF-8")]).await;
    other.wait_for("お客様の4点").await;
    drop(flood);

    let guessing: Vec<_> = (0..8)
        .map(|number| {
            let address = server.address;
            let known = server.fingerprint.clone();
            tokio::spawn(async move {
                for at in 0..3 {
                    let staff = format!("op{number}-{at}");
                    Connection::guess(address, &known, &staff).await;
                }
            })
        })
        .collect();
    desk.keys(&facts(PAID_IN_CASH)).await;
    desk.wait_for("› 若草堂").await;
    // From the guessers' own address, with a key: at once.
    let supervisor = async {
        let mut connection = Connection::open(&server).await.expect("connected");
        assert!(connection.key("sv", &own).await.success());
        connection.desk(USUAL, &[("LANG", "ja_JP.UTF-8")]).await.wait_for("確認待ち").await;
    };
    supervisor.await;
    desk.keys(key::ENTER).await;
    desk.wait_for("照合一致").await;
    desk.keys(key::F5).await;
    desk.wait_for("Enter: はい").await;
    desk.keys(key::ENTER).await;
    desk.wait_for("戻入済み ¥2,000").await;
    for guess in guessing {
        guess.abort();
    }
    office.audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_is_seen_from_outside_and_names_nobody() {
    let office = office();
    let server = Server::of(&office);
    assert_eq!(server.page("/healthz").0, "HTTP/1.1 200 OK");
    let until = std::time::Instant::now() + DEADLINE;
    while server.page("/readyz").0 != "HTTP/1.1 200 OK" {
        assert!(std::time::Instant::now() < until, "{}", server.page("/readyz").1);
    }
    let mut wrong = Connection::open(&server).await.expect("connected");
    assert!(!wrong.password("op", "wrong horse").await.expect("an answer").success());
    let desk = Desk::at_work(&server, "op", USUAL).await;
    desk.keys(&facts(PAID_IN_CASH)).await;
    desk.wait_for("› 若草堂").await;
    let (_, page) = server.page("/metrics");
    for line in [
        "madoguchi_sessions 1",
        "madoguchi_sign_ins_total{by=\"password\",outcome=\"done\"} 1",
        "madoguchi_sign_ins_total{by=\"password\",outcome=\"not_done\"} 1",
        "madoguchi_database_writable 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    desk.keys(key::CTRL_Q).await;
    desk.wait_for("窓口を終了します").await;
    desk.keys(key::ENTER).await;
    desk.ended().await;
    let log = server.log();
    let closed = log.lines().find(|line| line.contains("a desk was closed"));
    let closed: serde_json::Value = closed
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("no line of JSON says so:\n{log}"));
    assert_eq!(
        (&closed["how"], &closed["session"]["from"]),
        (&"Closed".into(), &"127.0.0.1".into())
    );
    for private in ["\"op\"", "horse", PAID_IN_CASH] {
        assert!(!log.contains(private) && !page.contains(private), "{private}:\n{log}");
    }
}

/// The address of a server in this process that thinks some seconds without a key are long.
async fn impatient(office: &Office) -> (std::net::SocketAddr, String) {
    let mut settings = Settings::builtin().expect("the built-in settings");
    settings.serve.idle_time = std::time::Duration::from_secs(5);
    served_here(office, office.store().await, settings).await
}

/// The address of a server in this process, over this store of the office's, and what it is
/// known by.
async fn served_here(
    office: &Office,
    store: Arc<dyn Store>,
    settings: Settings,
) -> (std::net::SocketAddr, String) {
    use madoguchi::desk::keymap::Keymap;
    use madoguchi::desk::state::Look;
    use madoguchi::desk::theme::Theme;
    use madoguchi::remote::host_key::HostKey;
    use madoguchi::remote::metrics::Metrics;
    use madoguchi::remote::{Opening, Server};
    let settings = Arc::new(settings);
    let open = madoguchi::office::Office::open(store, Arc::clone(&settings)).await;
    let lang = madoguchi::texts::Lang::Ja;
    let opening = Opening {
        settings,
        keymap: Arc::new(Keymap::new([]).expect("no clash")),
        look: Look { lang, theme: Theme::Dark, wide: false, mouse: false },
        lang: Some(lang),
    };
    let key = HostKey::make(&office.folder().join("host_key")).expect("made");
    let fingerprint = key.fingerprint();
    let office = Arc::new(open.expect("an office"));
    let server = Server::new(opening, office, key, Arc::new(Metrics::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(server.run(listener, None, std::future::pending()));
    (address, fingerprint)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_at_which_nobody_types_is_closed_and_keeps_what_was_typed() {
    let office = office();
    let (address, fingerprint) = impatient(&office).await;
    let connection = Connection::open_known(&fingerprint, address, [127, 0, 0, 1]).await;
    let mut connection = connection.expect("connected");
    assert!(connection.password("op", PASSWORD).await.expect("an answer").success());
    let desk = connection.desk(USUAL, &[]).await;
    desk.wait_for("お客様の4点").await;
    desk.keys(&facts(PAID_IN_CASH)).await;
    let (status, screen) = desk.ended().await;
    assert_eq!(status, Some(1));
    assert!(screen.contains("しばらく操作がなかったため"), "{screen}");
    terminal::typing::wait_for_draft(&office, PAID_IN_CASH);
}

#[test]
fn a_server_has_a_host_key_that_is_made_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite://{}", folder.path().join("new.db").display());
    let init = |options: &[&str]| {
        let mut command = common::program(&database, "ad");
        command.args(["init", "--training"]).args(options).current_dir(folder.path());
        common::answer(&command.output().expect("the program runs"))
    };
    let made = init(&[]).done();
    let fingerprint = made["host_key"].as_str().expect("a fingerprint");
    assert!(fingerprint.starts_with("SHA256:"), "{made}");
    let path = folder.path().join("madoguchi_host_key");
    let key = std::fs::read(&path).expect("beside the database");
    assert_eq!(init(&[]).refused(), "EXISTS_ALREADY");
    assert_eq!(std::fs::read(&path).expect("still there"), key);

    let serve = |options: &[&str]| {
        let mut command = common::program(&database, "op");
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(options);
        common::answer(&command.current_dir(folder.path()).output().expect("the program runs"))
    };
    let chmod = Command::new("chmod").arg("644").arg(&path).status().expect("chmod runs");
    assert!(chmod.success());
    assert_eq!(serve(&[]).refused(), "HOST_KEY_OPEN");
    std::fs::remove_file(&path).expect("removed");
    let missing = serve(&[]);
    assert!(missing.stderr.contains("serve --make-host-key"), "{}", missing.stderr);
    assert_eq!(missing.refused(), "HOST_KEY_MISSING");
    assert!(!path.exists());
    std::fs::write(&path, "no key").expect("written");
    let chmod = Command::new("chmod").arg("600").arg(&path).status().expect("chmod runs");
    assert!(chmod.success());
    assert_eq!(serve(&["--make-host-key"]).refused(), "HOST_KEY_BAD");
    assert_eq!(std::fs::read(&path).expect("still there"), b"no key");
    // An address that is not this machine's.
    std::fs::remove_file(&path).expect("removed");
    let elsewhere = common::answer(
        &common::program(&database, "op")
            .args(["serve", "--listen", "192.0.2.1:1", "--make-host-key"])
            .current_dir(folder.path())
            .output()
            .expect("the program runs"),
    );
    assert_eq!(elsewhere.refused(), "CANNOT_LISTEN");
}
