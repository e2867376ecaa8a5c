//! The command line: one definition gives parser, help, completions and man page.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::records::Kind;
use crate::texts::Lang;

/// A call-centre terminal for putting wrongly deducted regional coupons right, exactly once
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What goes for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; alone, the program opens the desk.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What goes for every command, before or after it.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The settings file; without one the built-in example is used
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database: sqlite://PATH or postgres://USER@HOST[,HOST...]/DATABASE
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Prints one JSON object on standard output, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// The language of messages: ja or en; else that of the settings or of LANG
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Who acts; the password comes from MADOGUCHI_PASSWORD or a prompt
    #[arg(long, global = true, value_name = "ID", env = "MADOGUCHI_STAFF")]
    pub staff: Option<String>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A desk on a throw-away database with a sample campaign; without a terminal, a short story of it
    Demo {
        /// The story, on a terminal too
        #[arg(long)]
        story: bool,
        /// The desk line by line, for a screen reader
        #[arg(long, conflicts_with = "story")]
        plain: bool,
    },
    /// Creates the database, with --staff ID as its first admin
    Init {
        /// Makes a training database: 研修 on every screen
        #[arg(long)]
        training: bool,
        /// Gives the training database a clock of its own, which runs on from TIME
        #[arg(long, value_name = "TIME", requires = "training")]
        at: Option<String>,
        /// The first admin's name; else the ID
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// The terminal desk
    Desk {
        /// Line by line, for a screen reader
        #[arg(long)]
        plain: bool,
    },
    /// The same desk for everybody who has an SSH client, from one process
    Serve {
        /// Where to listen; else the setting serve.listen (127.0.0.1:2222)
        #[arg(long, value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// Makes the host key first where there is none
        #[arg(long)]
        make_host_key: bool,
    },
    /// Who may sign in
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Imports a record file, all or nothing
    Import {
        /// Which of the five record files
        #[arg(value_enum)]
        kind: KindArg,
        /// The file
        file: PathBuf,
        /// Declares the records complete: settlements for every merchant, sales for every merchant in the file
        #[arg(long, value_name = "FROM/UNTIL")]
        covers: Option<String>,
        /// utf-8 or shift_jis; else found by itself
        #[arg(long, value_name = "ENCODING")]
        encoding: Option<String>,
    },
    /// Moves the database from its file into an empty one on PostgreSQL; the file stays as it is
    Move {
        /// Where: postgres://USER@HOST/DATABASE, by a user who may make schemas; the password comes from PGPASSWORD or ~/.pgpass
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// One coupon with its settlements, cases and history
    Coupon {
        /// The inquiry number
        number: String,
    },
    /// The ranked shops for what was heard
    Shop {
        /// What was heard
        #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
        text: Option<String>,
        /// Reads a query a line from standard input and prints a line of JSON each
        #[arg(long)]
        stdin: bool,
        /// Raises the shops of this prefecture
        #[arg(long, value_name = "P")]
        prefecture: Option<String>,
        /// How many shops at most
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
        limit: u8,
    },
    /// Says how a shop is read: for a supervisor
    Reading {
        /// The merchant's id
        merchant: String,
        /// In kana; several readings are separated by |
        kana: String,
    },
    /// Cases: opening, deciding, restoring
    #[command(subcommand)]
    Case(CaseCommand),
    /// Verifies waiting cases again
    Recheck,
    /// Class A: extends every coupon that qualifies
    Extend {
        /// Only counts
        #[arg(long)]
        dry_run: bool,
    },
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Prints completions for a shell
    Completions {
        /// For which
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Prints the man page
    Man,
    /// The screens as SVG pictures, drawn from the demo
    Pictures {
        /// Where they go
        folder: PathBuf,
    },
    /// Writes the record files of an invented campaign into a folder
    Sample {
        /// The folder, made where it is not there; files in it stay as they are
        folder: PathBuf,
        /// How many coupons
        #[arg(long, value_name = "N", default_value_t = 2_000)]
        coupons: u64,
        /// How many shops
        #[arg(long, value_name = "N", default_value_t = 300)]
        shops: u32,
        /// Another seed makes other records
        #[arg(long, value_name = "N", default_value_t = 20_230_224)]
        seed: u64,
    },
}

/// What can be done with the staff.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Adds a person
    Add {
        /// Signs in with it
        id: String,
        /// operator, supervisor, admin or auditor
        #[arg(long, value_name = "R")]
        role: String,
        /// The person's name
        #[arg(long, value_name = "N")]
        name: String,
        /// Reads the new person's password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Everyone who may sign in, or might have
    List,
    /// Bars a person from signing in
    Disable {
        /// Whom
        id: String,
    },
    /// Sets a password
    Passwd {
        /// Whose
        id: String,
        /// Reads the new password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Releases a person's look-ups
    Release {
        /// Whose
        id: String,
    },
    /// The public keys that people sign in with over SSH
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What can be done with the keys of the staff.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Gives a person a key
    Add {
        /// Whom
        id: String,
        /// The public key file: one line of OpenSSH, as in ~/.ssh/id_ed25519.pub
        file: PathBuf,
    },
    /// The keys of a person, or of everyone
    List {
        /// Whose
        id: Option<String>,
    },
    /// Revokes a person's key, for good
    Revoke {
        /// Whose
        id: String,
        /// Which: SHA256:…, as the list shows it
        fingerprint: String,
    },
}

/// What goes along with a command that must not be carried out twice.
#[derive(Clone, Debug, Default, Args)]
pub struct ShownArgs {
    /// The command's id: the same again gets the first answer again
    #[arg(long, value_name = "UUID")]
    pub command_id: Option<String>,
    /// Only if the case is still this version
    #[arg(long, value_name = "N")]
    pub version: Option<i64>,
    /// Only if the evidence is still the one with this hash
    #[arg(long, value_name = "HASH")]
    pub evidence: Option<String>,
}

/// A case, and what goes along.
#[derive(Clone, Debug, Args)]
pub struct OnCase {
    /// The case's number
    pub id: String,
    /// What goes along.
    #[command(flatten)]
    pub shown: ShownArgs,
}

/// What can be done with cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Opens a case from the four facts
    Open(OpenArgs),
    /// Shows one case with its evidence
    Show {
        /// The case's number
        id: String,
    },
    /// Lists cases, newest first
    List {
        /// Only those in this state
        #[arg(long, value_name = "S")]
        state: Option<String>,
    },
    /// What has happened to a case
    History {
        /// The case's number
        id: String,
    },
    /// Puts the balance back and extends the expiry
    Restore(OnCase),
    /// A supervisor puts back what the evidence comes to
    Approve {
        /// Which.
        #[command(flatten)]
        on: OnCase,
        /// Why
        #[arg(long, value_name = "T")]
        reason: Option<String>,
    },
    /// A supervisor says that nothing is owed
    Decline(Reasoned),
    /// The caller takes it back
    Withdraw(OnCase),
    /// A supervisor links a sale of the shop
    Link(Linked),
    /// A supervisor takes a link back
    Unlink(Linked),
    /// Notes something, or a call to the shop
    Note {
        /// Which.
        #[command(flatten)]
        on: OnCase,
        /// What, or what the shop said
        #[arg(long, value_name = "T")]
        text: String,
        /// It is a call to the shop, and this is who answered
        #[arg(long, value_name = "WHO")]
        call_to_shop: Option<String>,
    },
    /// A supervisor sends it back to the operator with a question
    Ask(Texted),
    /// The operator answers the question
    Answer(Texted),
    /// A supervisor lets it wait for records
    Wait(Reasoned),
    /// A supervisor takes up a declined case again
    Reopen(Reasoned),
    /// A supervisor keeps a contradicted restoration
    Keep(Reasoned),
    /// A supervisor takes a contradicted restoration back
    Reverse(Reasoned),
    /// Takes a case over from another operator
    Take {
        /// Which.
        #[command(flatten)]
        on: OnCase,
        /// The inquiry number, as the caller reads it out
        #[arg(long, value_name = "N")]
        number: String,
    },
    /// Promises the caller a call-back; the telephone number is read from standard input
    Callback {
        /// Which.
        #[command(flatten)]
        on: OnCase,
        /// When to call: 2023-03-13 15:00
        #[arg(long, value_name = "TIME")]
        at: String,
    },
    /// After the campaign's last day: ends what still waits
    Lapse {
        /// Only lists
        #[arg(long)]
        dry_run: bool,
    },
}

/// A case and a reason.
#[derive(Clone, Debug, Args)]
pub struct Reasoned {
    /// Which.
    #[command(flatten)]
    pub on: OnCase,
    /// Why
    #[arg(long, value_name = "T")]
    pub reason: String,
}

/// A case and a text.
#[derive(Clone, Debug, Args)]
pub struct Texted {
    /// Which.
    #[command(flatten)]
    pub on: OnCase,
    /// What
    #[arg(long, value_name = "T")]
    pub text: String,
}

/// A case and a sale.
#[derive(Clone, Debug, Args)]
pub struct Linked {
    /// Which.
    #[command(flatten)]
    pub on: OnCase,
    /// The sale's ID
    #[arg(long, value_name = "S")]
    pub sale: String,
}

/// The four facts.
#[derive(Clone, Debug, Args)]
pub struct OpenArgs {
    /// The inquiry number
    #[arg(long, value_name = "N")]
    pub number: String,
    /// The expiry: 2/24, 2023-02-24, R5.2.24 …
    #[arg(long, value_name = "D")]
    pub expiry: String,
    /// The prefecture of travel
    #[arg(long, value_name = "P")]
    pub prefecture: String,
    /// The shop as it was heard
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["merchant", "other"], conflicts_with = "merchant")]
    pub shop: Option<String>,
    /// The shop by its merchant ID
    #[arg(long, value_name = "ID")]
    pub merchant: Option<String>,
    /// Another trouble, in the caller's words: goes to a supervisor
    #[arg(long, value_name = "TEXT")]
    pub other: Option<String>,
    /// Opens nothing, only tells what it would come to
    #[arg(long)]
    pub dry_run: bool,
    /// The command's id: the same again gets the first answer again
    #[arg(long, value_name = "UUID")]
    pub command_id: Option<String>,
}

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recomputes chain, ledger, balances and every row's hash
    Verify,
}

/// The kind of a record file, as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindArg {
    /// 加盟店
    Merchants,
    /// 地域クーポン
    Coupons,
    /// 決済
    Settlements,
    /// 売上
    Sales,
    /// 記録の範囲
    Coverage,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Merchants => Self::Merchants,
            KindArg::Coupons => Self::Coupons,
            KindArg::Settlements => Self::Settlements,
            KindArg::Sales => Self::Sales,
            KindArg::Coverage => Self::Coverage,
        }
    }
}
