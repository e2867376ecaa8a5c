//! The command line: a way into the office for people in a shell and for scripts. With
//! `--json` the result is one JSON object on standard output and nothing else there.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::config::Settings;
use crate::domain::refusal::Refusal;
use crate::office::{Office, OfficeError};
use crate::store::StoreError;
use crate::texts::Lang;
use args::{Cli, Command, Global};
use out::Out;

mod allocator;
mod args;
mod case;
mod demo;
mod desk;
mod help;
mod import;
mod init;
mod moving;
mod out;
mod password;
mod pictures;
mod read;
mod records;
mod serve;
mod shop;
mod staff;
mod staff_key;

/// Where the database is, if nothing says otherwise.
const DEFAULT_DATABASE: &str = "sqlite://madoguchi.db";

/// Why a command ended without doing it, and the exit status that follows.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Refused, or bad data: 1. The database out of reach, or the outcome unknown: 3.
    Office(OfficeError),
    /// Wrong usage: 2.
    Usage(Refusal),
    /// Nobody knows whether it was carried out: 3.
    Unknown(Refusal),
    /// Said already; only the status is left.
    Said(u8),
}

impl<E: Into<OfficeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Office(error.into())
    }
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unknown(_) => 3,
            Self::Said(status) => *status,
            Self::Office(OfficeError::Store(error)) => match error {
                StoreError::Url(_) => 2,
                StoreError::Exists(_) | StoreError::Damaged { .. } | StoreError::Constraint(_) => 1,
                _ => 3,
            },
            Self::Office(OfficeError::Refused(_)) => 1,
        }
    }
}

/// What a command comes to.
pub(crate) type Done = Result<(), Failure>;

/// Everything a command works with before anybody has signed in.
pub(crate) struct Context {
    pub global: Global,
    pub settings: Arc<Settings>,
    pub out: Out,
    /// The language that was asked for, by an option or by the settings; else `LANG` decides.
    pub lang: Option<Lang>,
}

impl Context {
    /// The database's place: the option, else the settings, else a file here.
    fn database(&self) -> &str {
        let named = self.global.database.as_deref().or(self.settings.database.as_deref());
        named.unwrap_or(DEFAULT_DATABASE)
    }

    /// Opens the office over the database, and says so where it is for training.
    async fn office(&self) -> Result<Office, Failure> {
        let office = self.quiet_office().await?;
        if office.is_training() {
            self.out.note("研修用のデータベースです。", "This is a training database.");
        }
        Ok(office)
    }

    /// Opens the office over the database.
    async fn quiet_office(&self) -> Result<Office, Failure> {
        let url = self.database();
        let store = crate::store::place::open(url).await?;
        Ok(Office::open(store, Arc::clone(&self.settings)).await?)
    }
}

/// Runs the program and tells how it ended.
#[must_use]
pub fn run() -> ExitCode {
    let asked = std::env::args_os().collect::<Vec<_>>();
    let json = asked.iter().any(|arg| arg == "--json");
    let lang = help::lang_of(&asked);
    let command = help::localized(Cli::command(), lang);
    let cli = match command
        .try_get_matches_from(&asked)
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => return help::usage(&error, json),
    };
    init_log(cli.command.as_ref());
    let mut threads = 2;
    if matches!(cli.command, Some(Command::Serve { .. })) {
        allocator::told();
        // Many desks at once; one of them has enough with two.
        threads = std::thread::available_parallelism().map_or(threads, |cores| cores.get().max(2));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{error}\n"));
            return ExitCode::from(3);
        }
    };
    runtime.block_on(carry_out(cli, lang))
}

async fn carry_out(cli: Cli, lang: Lang) -> ExitCode {
    let settings = match &cli.global.config {
        Some(path) => Settings::read(path),
        None => Settings::builtin(),
    };
    let mut out = Out::new(cli.global.json, lang);
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            out.refusal(&error.to_refusal());
            return ExitCode::from(1);
        }
    };
    let asked_for = cli.global.lang.or(settings.language);
    if let Some(lang) = asked_for {
        out = Out::new(cli.global.json, lang);
    }
    let command = cli.command.unwrap_or(Command::Desk { plain: false });
    let settings = Arc::new(settings);
    let context = Context { global: cli.global, settings, out, lang: asked_for };
    if context.global.config.is_none() && needs_settings(&command) {
        context.out.note(
            "設定ファイルの指定がないため、組み込みの例（config.example.toml）を使います。",
            "No settings file given: the built-in example (config.example.toml) is used.",
        );
    }
    match Box::pin(dispatch(&context, command)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            context.out.failure(&failure);
            ExitCode::from(failure.status())
        }
    }
}

/// Whether the campaign's particulars matter to the command.
fn needs_settings(command: &Command) -> bool {
    !matches!(
        command,
        Command::Demo { .. }
            | Command::Desk { .. }
            | Command::Completions { .. }
            | Command::Man
            | Command::Sample { .. }
            | Command::Staff(_)
            | Command::Move { .. }
            | Command::Audit(_)
    )
}

async fn dispatch(context: &Context, command: Command) -> Done {
    match command {
        Command::Demo { story, plain } => Box::pin(demo::run(context, story, plain)).await,
        Command::Init { training, at, name } => init::run(context, training, at, name).await,
        Command::Desk { plain } => Box::pin(desk::run(context, plain)).await,
        Command::Serve { listen, make_host_key } => {
            Box::pin(serve::run(context, listen, make_host_key)).await
        }
        Command::Staff(command) => staff::run(context, command).await,
        Command::Import { kind, file, covers, encoding } => {
            import::run(context, kind.into(), file, covers, encoding).await
        }
        Command::Move { to } => Box::pin(moving::run(context, &to)).await,
        Command::Coupon { number } => records::coupon(context, &number).await,
        Command::Shop { text, stdin, prefecture, limit } => {
            let text = if stdin { None } else { text };
            shop::find(context, text, prefecture, limit.into()).await
        }
        Command::Reading { merchant, kana } => shop::correct(context, &merchant, &kana).await,
        Command::Case(command) => case::run(context, command).await,
        Command::Recheck => records::recheck(context).await,
        Command::Extend { dry_run } => records::extend(context, dry_run).await,
        Command::Audit(args::AuditCommand::Verify) => records::audit(context).await,
        Command::Completions { shell } => help::completions(shell),
        Command::Man => help::man(),
        Command::Pictures { folder } => Box::pin(pictures::run(context, &folder)).await,
        Command::Sample { folder, coupons, shops, seed } => {
            records::sample(context, &folder, &crate::sample::Plan { seed, shops, coupons })
        }
    }
}

/// The log goes to standard error: warnings and worse, unless `MADOGUCHI_LOG` says otherwise.
/// A desk draws on the terminal that they would be written over: it says itself what a person
/// must know. A server has nobody to say it to, and writes more, for a program to read.
fn init_log(command: Option<&Command>) {
    let on_the_screen = matches!(
        command,
        None | Some(Command::Desk { plain: false } | Command::Demo { plain: false, .. })
    );
    let serves = matches!(command, Some(Command::Serve { .. }));
    let usual = match (serves, on_the_screen && std::io::stderr().is_terminal()) {
        (true, _) => "info",
        (false, true) => "off",
        (false, false) => "warn",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("MADOGUCHI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    if serves {
        crate::remote::log::start(filter);
        return;
    }
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
