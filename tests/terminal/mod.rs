//! The real program in a terminal of its own: keys go in as a keyboard sends them, and what
//! comes out is what a person would see.
//!
//! Nothing here measures time. A test waits for what must appear, as long as a slow machine
//! may need, and reads the screen when it is there.

#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::ffi::OsStr;
use std::io::Write;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::common::records::{OTHER_SHOP, SHOP, coupon, sale, settlement};
use crate::common::{Beginning, Office, PASSWORD, with_shops};

pub mod typing;

/// The keys, as xterm sends them.
pub mod key {
    pub const F1: &str = "\x1bOP";
    pub const F2: &str = "\x1bOQ";
    pub const F3: &str = "\x1bOR";
    pub const F4: &str = "\x1bOS";
    pub const F5: &str = "\x1b[15~";
    pub const F6: &str = "\x1b[17~";
    pub const F7: &str = "\x1b[18~";
    pub const F8: &str = "\x1b[19~";
    pub const F9: &str = "\x1b[20~";
    pub const F11: &str = "\x1b[23~";
    pub const F12: &str = "\x1b[24~";
    pub const TAB: &str = "\t";
    pub const ENTER: &str = "\r";
    /// Wait for what it does before the next key: with a letter behind it, it is Alt.
    pub const ESC: &str = "\x1b";
    pub const UP: &str = "\x1b[A";
    pub const DOWN: &str = "\x1b[B";
    pub const CTRL_A: &str = "\x01";
    pub const CTRL_B: &str = "\x02";
    pub const CTRL_S: &str = "\u{13}";
    pub const CTRL_E: &str = "\x05";
    pub const CTRL_G: &str = "\x07";
    pub const CTRL_L: &str = "\x0c";
    pub const CTRL_Q: &str = "\x11";
    pub const CTRL_U: &str = "\x15";
    pub const CTRL_Y: &str = "\x19";
}

/// The usual size of a desk, and the smallest: columns and rows.
pub const USUAL: (u16, u16) = (100, 28);
pub const SMALLEST: (u16, u16) = (80, 24);

/// How long anything may take to appear. Nothing is expected to take so long; a test that
/// fails takes this once.
const DEADLINE: Duration = Duration::from_mins(1);

/// A coupon of which a deduction is to be put back: its holder paid 2,000 yen in cash too.
pub const PAID_IN_CASH: &str = "1000000000001";
/// Another such coupon: 1,000 yen.
pub const ALSO_IN_CASH: &str = "1000000000002";
/// Two coupons at [`OTHER_SHOP`], whose sales nobody has named: a supervisor decides.
pub const UNNAMED: &str = "1000000000004";
/// The second of them.
pub const ALSO_UNNAMED: &str = "1000000000005";

/// The four facts of a coupon of [`office`] at 若草堂, down to the choice of the shop.
pub fn facts(number: &str) -> String {
    format!("{number}\t2/24\t奈良\t若草")
}

/// An office with a coupon for each way a call at the desk can go.
pub fn office() -> Office {
    static BEGINNING: OnceLock<Beginning> = OnceLock::new();
    let beginning = BEGINNING.get_or_init(|| {
        let office = with_shops();
        let numbers = [PAID_IN_CASH, ALSO_IN_CASH, UNNAMED, ALSO_UNNAMED];
        let coupons = numbers.map(|number| coupon(number, 9000, 777, "2023-02-24"));
        let settlements = [
            settlement("K1", PAID_IN_CASH, SHOP, 2000, "19:05"),
            settlement("K2", ALSO_IN_CASH, SHOP, 1000, "19:15"),
            settlement("K4", UNNAMED, OTHER_SHOP, 600, "19:35"),
            settlement("K5", ALSO_UNNAMED, OTHER_SHOP, 500, "20:35"),
        ];
        let sales = [
            sale("U1", SHOP, "19:04", 2000, 2000, PAID_IN_CASH),
            sale("U2", SHOP, "19:14", 1000, 1000, ALSO_IN_CASH),
            sale("U4", OTHER_SHOP, "19:34", 600, 600, ""),
            sale("U5", OTHER_SHOP, "20:34", 500, 500, ""),
        ];
        office.records(&coupons, &settlements, &sales, &[]);
        office.keep()
    });
    beginning.open()
}

/// What the other end of the terminal has seen.
struct Seen {
    parser: vt100::Parser,
    /// Whether the program has let go of the terminal.
    over: bool,
}

/// Shared with the thread that reads.
struct Watched {
    seen: Mutex<Seen>,
    news: Condvar,
    /// The line is cut: nothing is read any more.
    cut: AtomicBool,
}

impl Watched {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A program in a terminal.
pub struct Desk {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Mutex<Option<Box<dyn Write + Send>>>,
    reader: Option<JoinHandle<()>>,
    watched: Arc<Watched>,
    /// Where the program may put its temporary files.
    folder: tempfile::TempDir,
}

impl Desk {
    /// The demo.
    pub fn demo(size: (u16, u16), options: &[&str]) -> Self {
        let desk = Self::demo_beginning(size, options);
        desk.wait_until("the sample campaign is made", |screen| {
            screen.contains("【研修】") || screen.contains("[TRAINING]")
        });
        desk
    }

    /// The demo, its first frame drawn and its database not made yet.
    pub fn demo_beginning(size: (u16, u16), options: &[&str]) -> Self {
        let desk = Self::start(size, ["demo"].iter().chain(options), &[]);
        desk.wait_for("山田 太郎");
        desk
    }

    /// The demo, with its first person, an operator, signed in.
    pub fn demo_signed_in(size: (u16, u16)) -> Self {
        let desk = Self::demo(size, &[]);
        desk.keys(key::ENTER);
        desk.wait_for("お客様の4点");
        desk
    }

    /// The desk on an office's database, nobody signed in.
    pub fn at(office: &Office, size: (u16, u16)) -> Self {
        Self::at_with(office, size, &[])
    }

    /// … with more in its environment.
    pub fn at_with(office: &Office, size: (u16, u16), env: &[(&str, &str)]) -> Self {
        let desk = Self::on(&office.database().url("op"), size, env);
        // The first frame comes before the database is open; it cannot know of the training.
        desk.wait_for("サインイン");
        desk.wait_for("【研修】");
        desk
    }

    /// The desk on a database, whatever comes of it.
    pub fn on(url: &str, size: (u16, u16), env: &[(&str, &str)]) -> Self {
        Self::start(size, ["desk", "--database", url], env)
    }

    /// The desk on an office's database, with somebody signed in.
    pub fn of(office: &Office, staff: &str, size: (u16, u16)) -> Self {
        let desk = Self::at(office, size);
        desk.sign_in(staff);
        desk.wait_gone("パスワード");
        desk
    }

    fn start<S: AsRef<OsStr>>(
        size: (u16, u16),
        words: impl IntoIterator<Item = S>,
        env: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.args(words);
        Self::running(command, size, env)
    }

    /// Any program that shows a desk.
    pub fn running(
        mut command: CommandBuilder,
        (columns, rows): (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = native_pty_system().openpty(pty_size(columns, rows)).expect("a terminal");
        command.env("LANG", "ja_JP.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("TMPDIR", folder.path());
        // A panic's sentence is read; where it came from would push it off the screen.
        command.env("RUST_BACKTRACE", "0");
        command.cwd(folder.path());
        for name in ["LC_ALL", "NO_COLOR", "MADOGUCHI_STAFF", "MADOGUCHI_PASSWORD", "MADOGUCHI_LOG"]
        {
            command.env_remove(name);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program runs");
        // The program's own hold on the terminal is the only one: its end is seen.
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let watched = Arc::new(Watched {
            seen: Mutex::new(Seen { parser, over: false }),
            news: Condvar::new(),
            cut: AtomicBool::new(false),
        });
        let reader = pair.master.try_clone_reader().expect("what it writes");
        let writer = pair.master.take_writer().expect("what it reads");
        Self {
            child,
            reader: Some(watch(reader, Arc::clone(&watched))),
            master: Some(pair.master),
            writer: Mutex::new(Some(writer)),
            watched,
            folder,
        }
    }

    /// Types who somebody is.
    pub fn sign_in(&self, staff: &str) {
        self.keys(&format!("{staff}{}{PASSWORD}{}", key::TAB, key::ENTER));
    }

    /// Sends keys, as bytes of a keyboard.
    pub fn keys(&self, keys: &str) {
        let mut writer = self.writer.lock().expect("nobody else types");
        let writer = writer.as_mut().expect("the line is not cut");
        writer.write_all(keys.as_bytes()).expect("written");
        writer.flush().expect("written");
    }

    /// Pastes a text, as a terminal does that was asked to say so.
    pub fn paste(&self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Gives the window another size.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        self.watched.seen().parser.screen_mut().set_size(cells(rows), cells(columns));
        let master = self.master.as_ref().expect("the line is not cut");
        master.resize(pty_size(columns, rows)).expect("another size");
    }

    /// Sends a signal to the program, and to nothing else.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("a process").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success(), "{name} could not be sent");
    }

    /// Cuts the line: the other end of the terminal is gone, and the kernel tells the program.
    pub fn cut(&mut self) {
        self.watched.cut.store(true, Ordering::SeqCst);
        // The reader is told apart from its line by something to read: a frame of another size.
        self.resize((USUAL.0 + 1, USUAL.1 + 1));
        self.reader.take().expect("the line is not cut").join().expect("it read on");
        self.writer.lock().expect("nobody else types").take();
        self.master.take();
    }

    /// The lines of the screen, without the blanks behind them.
    pub fn screen(&self) -> String {
        text_of(self.watched.seen().parser.screen())
    }

    /// The line of the screen that holds a text.
    pub fn line_with(&self, text: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| squeezed(line).contains(&squeezed(text)));
        line.unwrap_or_else(|| panic!("no line has “{text}”:\n{screen}")).to_owned()
    }

    /// Whether a text is on the screen now, broken into lines or not.
    pub fn shows(&self, text: &str) -> bool {
        squeezed(&self.screen()).contains(&squeezed(text))
    }

    /// Waits until a text is on the screen, broken into lines or not.
    pub fn wait_for(&self, text: &str) {
        let wanted = squeezed(text);
        self.wait_until(&format!("“{text}” appears"), |screen| {
            squeezed(screen).contains(&wanted)
        });
    }

    /// Presses keys again and again until the screen shows a text: for what another desk or
    /// a task beside the screen will have done by then.
    pub fn press_until(&self, keys: &[&str], text: &str) {
        let wanted = squeezed(text);
        let so = |screen: &str| squeezed(screen).contains(&wanted);
        self.press_until_so(keys, &format!("“{text}” appears"), so);
    }

    /// … until the screen is as it shall be.
    pub fn press_until_so(&self, keys: &[&str], what: &str, so: impl Fn(&str) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !so(&self.screen()) {
            assert!(Instant::now() < until, "pressed in vain until {what}:\n{}", self.screen());
            for keys in keys {
                self.keys(keys);
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Waits until a text is on the screen no more.
    pub fn wait_gone(&self, text: &str) {
        let wanted = squeezed(text);
        self.wait_until(&format!("“{text}” goes"), |screen| {
            !squeezed(screen).contains(&wanted)
        });
    }

    /// Waits until the screen is as it shall be.
    pub fn wait_until(&self, what: &str, so: impl Fn(&str) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut seen = self.watched.seen();
        loop {
            let screen = text_of(seen.parser.screen());
            if so(&screen) {
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            let over = seen.over;
            assert!(
                !left.is_zero() && !over,
                "waited in vain until {what}; over: {over}\n{screen}"
            );
            seen = match self.watched.news.wait_timeout(seen, left) {
                Ok((seen, _)) => seen,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// The cursor's column and row, where it is shown.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let seen = self.watched.seen();
        let screen = seen.parser.screen();
        let (row, column) = screen.cursor_position();
        (!screen.hide_cursor()).then_some((column, row))
    }

    /// Waits until the program has ended, and says how.
    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                if let Some(reader) = self.reader.take() {
                    reader.join().expect("it read to the end");
                }
                return status;
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The program has ended, and the terminal is what it was before: the normal screen, the
    /// cursor shown, pastes not marked, the mouse its own, lines read and echoed.
    pub fn given_back(&mut self) -> ExitStatus {
        let status = self.ended();
        let seen = self.watched.seen();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "still the other screen:\n{}", text_of(screen));
        assert!(!screen.hide_cursor(), "no cursor");
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let termios = self.master.as_ref().and_then(|master| master.get_termios());
        let flags = termios.expect("a terminal").local_flags.bits();
        // ICANON and ECHO, as Linux numbers them.
        assert_eq!(flags & 0o12, 0o12, "still raw: {flags:o}");
        status
    }

    /// Quits as a person does who has something on the screen: asked once.
    pub fn quit(&mut self) {
        self.keys(key::CTRL_Q);
        self.wait_for("窓口を終了します");
        self.keys(key::ENTER);
        assert!(self.given_back().success());
    }

    /// Quits where nothing is on the screen: nothing is asked.
    pub fn quit_at_once(&mut self) {
        self.keys(key::CTRL_Q);
        assert!(self.given_back().success());
    }

    /// The folder that the program may use.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Desk {
    /// No story leaves a program behind, however it ends.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What a program says around a frame, so that a terminal shows the whole of it at once.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// Reads what the program draws, until it lets go of the terminal or the line is cut.
fn watch(mut reader: Box<dyn std::io::Read + Send>, watched: Arc<Watched>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = [0; 1 << 14];
        let mut waiting = Vec::new();
        loop {
            let count = reader.read(&mut bytes).unwrap_or(0);
            let cut = watched.cut.load(Ordering::SeqCst);
            waiting.extend_from_slice(bytes.get(..count).unwrap_or_default());
            let over = count == 0 || cut;
            let whole = if over { waiting.len() } else { whole_frames(&waiting) };
            let mut seen = watched.seen();
            seen.parser.process(waiting.get(..whole).unwrap_or_default());
            waiting.drain(..whole);
            seen.over = over;
            watched.news.notify_all();
            if over {
                return;
            }
        }
    })
}

/// How many of the bytes can be shown: a frame that has begun is shown once it has ended.
fn whole_frames(bytes: &[u8]) -> usize {
    let last = |mark: &[u8]| bytes.windows(mark.len()).rposition(|window| window == mark);
    match (last(FRAME_BEGINS), last(FRAME_ENDS)) {
        (Some(begin), None) => begin,
        (Some(begin), Some(end)) if begin > end => begin,
        // The mark itself may have come by half.
        _ => {
            let half = (1..FRAME_BEGINS.len())
                .rev()
                .find(|length| bytes.ends_with(&FRAME_BEGINS[..*length]))
                .unwrap_or(0);
            bytes.len() - half
        }
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a size")
}

fn pty_size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn text_of(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let rows: Vec<String> =
        screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n")
}

/// Whether the call screen is drawn for a window of this size, with nothing over it.
pub fn fits(screen: &str, (_, rows): (u16, u16)) -> bool {
    let lines: Vec<&str> = screen.lines().collect();
    lines.len() == usize::from(rows)
        && lines.get(1).is_some_and(|line| line.starts_with('┌') && line.ends_with('┐'))
        && lines.last().is_some_and(|line| line.contains("F2新規"))
}

/// A text without blanks, line ends and frames, so that a sentence is found however it was
/// broken into lines.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !('\u{2500}'..='\u{257f}').contains(c)).collect()
}
