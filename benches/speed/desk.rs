//! The desk: what a frame costs, what a key writes and waits for, how soon the first frame
//! stands, and what it costs to do nothing. The last three are of the program itself, in a
//! pseudo-terminal, on the campaign's database.

use std::io::{Read as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use madoguchi::config::Settings;
use madoguchi::desk::keymap::Keymap;
use madoguchi::desk::msg::{Answer, Msg, SignedIn};
use madoguchi::desk::state::{Look, Screen, State};
use madoguchi::desk::theme::Theme;
use madoguchi::desk::update::update;
use madoguchi::desk::view;
use madoguchi::domain::private::Private;
use madoguchi::domain::staff::Role;
use madoguchi::office::Actor;
use madoguchi::store::desks::QueueRow;
use madoguchi::texts::Lang;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use ratatui::Terminal;
use ratatui::backend::{CrosstermBackend, TestBackend};

use crate::campaign::{Campaign, number};
use crate::timing::Times;

const WIDTH: u16 = 200;
const HEIGHT: u16 = 60;
/// Rows of the review list.
const ROWS: [usize; 2] = [10_000, 100_000];
/// How long an idle desk is watched.
const IDLE: Duration = Duration::from_mins(1);

pub async fn run(campaign: &Campaign) {
    for rows in ROWS {
        frames(rows);
    }
    bytes();
    first_frame(campaign);
    keys_while_busy(campaign).await;
    idle(campaign);
}

fn now() -> madoguchi::domain::time::Instant {
    madoguchi::domain::time::parse_record_time("2023-03-13 10:42").expect("a time")
}

fn state() -> State {
    let settings = Arc::new(Settings::builtin().expect("the example"));
    let keymap = Arc::new(Keymap::new([]).expect("no clash"));
    let look = Look { lang: Lang::Ja, theme: Theme::Dark, wide: false, mouse: false };
    let mut count = 0;
    let make_id = Box::new(move || {
        count += 1;
        format!("{count:036}")
    });
    let mut state = State::new(settings, keymap, look, now(), make_id);
    let actor = Actor {
        staff_id: "sv".parse().expect("an id"),
        role: Role::Supervisor,
        name: Private::new("鈴木 一子"),
    };
    state.sign_in.asking = Some(1);
    let signed_in = SignedIn { actor, elsewhere: None, draft: None };
    update(&mut state, Msg::Answer(1, Answer::SignedIn(Ok(signed_in))), now());
    state
}

fn row(i: usize) -> QueueRow {
    QueueRow {
        case_id: format!("R-20230313-{i:04}"),
        state: ["review", "waiting", "contradicted"][i % 3].to_owned(),
        reasons: vec!["V32_UNNAMED_SALE".to_owned()],
        amount: Some(1500),
        opened_by: "yamada".to_owned(),
        held_by: "yamada".to_owned(),
        opened_by_name: Private::new("山田 太郎"),
        opened_at: now().plus_minutes(-i64::try_from(i % 4000).unwrap_or(0)),
        prefecture: 29,
        inquiry_number: None,
        number_said: format!("{i:013}"),
        merchant_id: Some(format!("M{:05}", i % 300)),
        shop: format!("ならまち茶房 {}号店", i % 300),
        question: false,
        lease: None,
        callback_due: None,
        version: 1,
    }
}

/// A frame of the review list, the cursor somewhere else each time.
fn frames(rows: usize) {
    let mut state = state();
    state.screen = Screen::Review;
    state.review.take((0..rows).map(row).collect());
    let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT)).expect("a terminal");
    let mut times = Times::default();
    for i in 0..2000 {
        state.review.selected = (i * 37) % rows;
        let begun = Instant::now();
        terminal.draw(|frame| view::draw(frame, &state)).expect("drawn");
        times.add(begun.elapsed());
    }
    println!("frame     {WIDTH}x{HEIGHT}, {rows} rows: {}", times.line());
}

/// A writer that counts.
#[derive(Clone, Default)]
struct Counted(Arc<std::sync::atomic::AtomicUsize>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What one typed character writes to the terminal.
fn bytes() {
    let mut state = state();
    let counted = Counted::default();
    let size = ratatui::layout::Rect::new(0, 0, WIDTH, HEIGHT);
    let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(size) };
    let backend = CrosstermBackend::new(counted.clone());
    let mut terminal = Terminal::with_options(backend, options).expect("a terminal");
    terminal.draw(|frame| view::draw(frame, &state)).expect("drawn");
    let mut most = 0;
    for letter in "1234567890123".chars().chain("鹿鳴坂の茶房".chars()) {
        let before = counted.0.load(Ordering::Relaxed);
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        update(&mut state, Msg::Key(key), now());
        terminal.draw(|frame| view::draw(frame, &state)).expect("drawn");
        most = most.max(counted.0.load(Ordering::Relaxed) - before);
    }
    println!("key       at most {most} bytes written for a typed character");
}

/// The program in a pseudo-terminal.
struct Desk {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: mpsc::Receiver<(Instant, Vec<u8>)>,
    // The pseudo-terminal lives as long as this.
    _pair: portable_pty::PtyPair,
}

impl Desk {
    fn open(campaign: &Campaign) -> (Instant, Self) {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_madoguchi"));
        let database = format!("sqlite://{}", campaign.path("ours.db").display());
        command.args(["--lang", "ja", "--database", &database, "desk"]);
        command.env("TERM", "xterm-256color");
        Self::start(command)
    }

    fn start(command: CommandBuilder) -> (Instant, Self) {
        let size = PtySize { rows: HEIGHT, cols: WIDTH, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut part = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut part) {
                if sender.send((Instant::now(), part[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program runs");
        (begun, Self { child, keys, output, _pair: pair })
    }

    /// When the output first held `text`: narrow letters, since each wide one is written by
    /// itself.
    fn wait_for(&self, text: &str) -> Instant {
        let mut seen: Vec<u8> = Vec::new();
        loop {
            let (at, part) = self.output.recv_timeout(Duration::from_mins(1)).expect("output");
            seen.extend(part);
            if String::from_utf8_lossy(&seen).contains(text) {
                return at;
            }
        }
    }

    /// Takes what has been written.
    fn drain(&self) {
        while self.output.recv_timeout(Duration::from_millis(300)).is_ok() {}
    }

    fn press(&mut self, keys: &str) -> Instant {
        let at = Instant::now();
        // Whoever has ended already needs no key.
        let _ = self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush());
        at
    }

    fn sign_in(&mut self) {
        self.wait_for("F1");
        self.drain();
        self.press("desk\r");
        self.drain();
        self.press("speed\r");
        // The footer of the call screen has it; that of the sign-in has not.
        self.wait_for("F5");
        self.drain();
    }

    /// As somebody who leaves does: the next desk of the same person finds the seat free.
    fn close(mut self) {
        self.press("\u{11}");
        let until = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn first_frame(campaign: &Campaign) {
    let (mut times, mut bare) = (Times::default(), Times::default());
    for _ in 0..20 {
        let mut echo = CommandBuilder::new("echo");
        echo.arg("F1");
        let (begun, desk) = Desk::start(echo);
        bare.add(desk.wait_for("F1") - begun);
        desk.close();
        let (begun, desk) = Desk::open(campaign);
        times.add(desk.wait_for("F1") - begun);
        desk.close();
    }
    let coupons = campaign.plan.coupons;
    println!("start     first frame on {coupons} coupons: {}", times.line());
    println!("          of which starting any program here: {}", bare.line());
}

/// A key and the frame that shows it, while eight tasks open cases.
async fn keys_while_busy(campaign: &Campaign) {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for task in 0..8_u64 {
        let (office, operator) = (Arc::clone(&campaign.office), campaign.operator.clone());
        let (stop, coupons) = (Arc::clone(&stop), campaign.plan.coupons);
        tasks.push(tokio::spawn(async move {
            let mut i = coupons - 1 - task;
            while !stop.load(Ordering::Relaxed) && i > 8 {
                let request = madoguchi::office::cases::OpenRequest {
                    number: madoguchi::domain::number::InquiryNumber::fold(&number(i))
                        .expect("a number"),
                    expiry: chrono::NaiveDate::from_ymd_opt(2023, 2, 24).expect("a day"),
                    prefecture: "奈良県".parse().expect("a prefecture"),
                    shop_said: "店".to_owned(),
                    merchant_id: None,
                    other: None,
                    command_id: None,
                };
                let _ = office.open_case(&operator, request).await;
                i -= 8;
            }
        }));
    }
    let (_, mut desk) = Desk::open(campaign);
    let times = tokio::task::spawn_blocking(move || {
        desk.sign_in();
        let mut times = Times::default();
        for i in 0..300 {
            let letter = char::from_digit(i % 10, 10).unwrap_or('0');
            while desk.output.try_recv().is_ok() {}
            let begun = desk.press(&letter.to_string());
            let (at, _) = desk.output.recv_timeout(Duration::from_mins(1)).expect("a frame");
            times.add(at - begun);
            if i % 10 == 9 {
                desk.drain();
                desk.press("\u{15}");
                desk.drain();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        desk.close();
        times
    });
    let mut times = times.await.expect("keys");
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("a task");
    }
    println!("key       to frame, 8 tasks opening cases: {}", times.line());
}

/// What a desk costs at which nobody does anything, clock and live updates included.
fn idle(campaign: &Campaign) {
    let (_, mut desk) = Desk::open(campaign);
    desk.sign_in();
    let process = desk.child.process_id().expect("it runs");
    let before = cpu(process);
    std::thread::sleep(IDLE);
    let used = cpu(process) - before;
    println!(
        "idle      {:.3} % of a core over {} s",
        used / IDLE.as_secs_f64() * 100.0,
        IDLE.as_secs()
    );
    desk.close();
}

/// Seconds of processor time of a process, threads that have ended included.
fn cpu(process: u32) -> f64 {
    /// Ticks in a second, as Linux counts for programs.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // After the name in brackets, which may hold anything: state is the first field.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
