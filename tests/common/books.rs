//! Small record files, and the database looked at past the program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Stdio};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::database::{Database, server};
use super::server::SUPERUSER;
use super::{Answer, Office, answer, program};

/// The header of a merchants file.
pub const MERCHANTS: &str = "merchant_id,name,kana,prefecture,address,phone\n";
/// The header of a coupons file.
pub const COUPONS: &str =
    "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer\n";
/// The header of a settlements file.
pub const SETTLEMENTS: &str = "settlement_id,inquiry_number,merchant_id,amount,settled_at\n";
/// The header of a sales file.
pub const SALES: &str = "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt\n";
/// The header of a coverage file.
pub const COVERAGE: &str = "merchant_id,source,covers_from,covers_until\n";

/// `--covers` for the whole outage and what lies near it.
pub const OUTAGE_COVERED: &str = "2023-02-24 16:00/2023-02-25 02:00";

/// The tables that an import of records fills, with the kind of file.
pub const RECORD_TABLES: [(&str, &str); 5] = [
    ("merchants", "merchant"),
    ("coupons", "coupon"),
    ("settlements", "settlement"),
    ("sales", "sale"),
    ("coverage", "coverage"),
];

/// The header of a kind of file.
pub fn header(kind: &str) -> &'static str {
    match kind {
        "merchants" => MERCHANTS,
        "coupons" => COUPONS,
        "settlements" => SETTLEMENTS,
        "sales" => SALES,
        _ => COVERAGE,
    }
}

/// A file of a kind with these rows.
pub fn table(kind: &str, rows: &[&str]) -> String {
    let mut text = header(kind).to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// Whether the long form of a test was asked for.
pub fn soak() -> bool {
    std::env::var_os("MADOGUCHI_SOAK").is_some_and(|value| value == "1")
}

/// `audit verify` by the auditor over any database.
pub fn verify(database: &Database) -> Answer {
    let output = program(&database.url("au"), "au").args(["audit", "verify"]).output();
    answer(&output.expect("the program runs"))
}

/// A database looked at past the program, by somebody who may do anything.
pub enum Books {
    /// The file of SQLite.
    File(Box<Connection>),
    /// A database on the [`server`], which nothing stays connected to.
    Served(Database),
}

/// The database, looked at past the program.
pub fn opened(database: &Database) -> Books {
    match database {
        Database::File(path) => {
            let conn = Connection::open(path).expect("a database");
            conn.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
            Books::File(Box::new(conn))
        }
        Database::Served(_) => Books::Served(database.clone()),
    }
}

impl Books {
    /// Carries statements out; what the database refused them with.
    pub fn tried(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::File(conn) => conn.execute_batch(sql).map_err(|error| error.to_string()),
            Self::Served(database) => server().asked(SUPERUSER, database.name(), sql).map(|_| ()),
        }
    }

    /// Carries statements out.
    pub fn change(&self, sql: &str) {
        self.tried(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What a question comes to: the columns of its rows are separated by `|`, the rows by
    /// line ends, and NULL is nothing.
    pub fn told(&self, sql: &str) -> String {
        match self {
            Self::File(conn) => rows(conn, sql).unwrap_or_else(|error| panic!("{sql}: {error}")),
            Self::Served(database) => server().psql(database.name(), sql),
        }
    }

    /// The names of a table's columns, in their order.
    pub fn columns(&self, table: &str) -> Vec<String> {
        let sql = match self {
            Self::File(_) => format!("SELECT name FROM pragma_table_info('{table}')"),
            Self::Served(_) => format!(
                "SELECT column_name FROM information_schema.columns
                 WHERE table_schema = 'madoguchi' AND table_name = '{table}'
                 ORDER BY ordinal_position"
            ),
        };
        self.told(&sql).lines().map(str::to_owned).collect()
    }

    /// The indexes, triggers and constraints, as one text.
    pub fn schema(&self) -> String {
        self.told(match self {
            Self::File(_) => {
                "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name"
            }
            Self::Served(_) => {
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'madoguchi'
                 UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::TEXT FROM pg_trigger
                    WHERE NOT tgisinternal
                 UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE connamespace = 'madoguchi'::regnamespace
                 UNION ALL SELECT table_name FROM information_schema.tables
                    WHERE table_schema = 'madoguchi'
                 ORDER BY 1"
            }
        })
    }

    /// Every row of every table, in an order that does not change by itself.
    pub fn everything(&self) -> String {
        match self {
            Self::File(_) => {
                let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1";
                let rows =
                    |table| format!("{table}\n{}", self.told(&format!("SELECT * FROM {table}")));
                self.told(tables).lines().map(rows).collect::<Vec<_>>().join("\n")
            }
            Self::Served(_) => self.told(self.everything_sql()),
        }
    }

    /// What asks a server for that.
    pub fn everything_sql(&self) -> &'static str {
        "SELECT string_agg(format('(SELECT %L || t::TEXT FROM %I AS t ORDER BY 1)',
            table_name, table_name), ' UNION ALL ' ORDER BY table_name)
         FROM information_schema.tables WHERE table_schema = 'madoguchi' \\gexec"
    }

    /// The bytes of everything, to look for what must not be there: of the file, with what
    /// has stood there and was deleted.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::File(conn) => {
                let moved = "PRAGMA wal_checkpoint(TRUNCATE)";
                conn.query_row(moved, [], |_| Ok(())).expect("a checkpoint");
                std::fs::read(conn.path().expect("a file")).expect("the file")
            }
            Self::Served(_) => self.everything().into_bytes(),
        }
    }

    /// Keeps everybody else from reading and writing until it is let go of.
    pub fn locked(self) -> Locked {
        match self {
            Self::File(conn) => {
                conn.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
                Locked::File(conn)
            }
            Self::Served(database) => {
                let sql = "SELECT string_agg(format('madoguchi.%I', table_name), ', ')
                    FROM information_schema.tables WHERE table_schema = 'madoguchi'";
                let tables = server().psql(database.name(), sql);
                let mut psql = server().psql_of(SUPERUSER, database.name());
                let mut child = psql.spawn().expect("psql runs");
                let input = child.stdin.as_mut().expect("standard input");
                writeln!(input, "BEGIN; LOCK TABLE {tables};").expect("written");
                let held = "SELECT count(*) FROM pg_locks WHERE granted
                    AND mode = 'AccessExclusiveLock' AND relation = 'madoguchi.meta'::regclass";
                while server().psql(database.name(), held) == "0" {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                Locked::Served(child)
            }
        }
    }
}

/// Questions to a database, many of them: on a server over one connection, which is there until
/// this is let go of.
pub enum Questions {
    /// The file.
    File(Books),
    /// psql, what it is told and what it answers.
    Served(Child, BufReader<ChildStdout>),
}

impl Questions {
    /// To this database.
    pub fn to(database: &Database) -> Self {
        match database {
            Database::File(_) => Self::File(opened(database)),
            Database::Served(_) => {
                let mut psql = server().psql_of(SUPERUSER, database.name());
                let mut child = psql.stderr(Stdio::inherit()).spawn().expect("psql runs");
                let answers = BufReader::new(child.stdout.take().expect("standard output"));
                Self::Served(child, answers)
            }
        }
    }

    /// One number that the database knows.
    pub fn number(&mut self, sql: &str) -> i64 {
        match self {
            Self::File(books) => number(books, sql),
            Self::Served(child, answers) => {
                let input = child.stdin.as_mut().expect("standard input");
                writeln!(input, "{sql};").expect("asked");
                let mut told = String::new();
                answers.read_line(&mut told).expect("answered");
                told.trim().parse().unwrap_or_else(|_| panic!("{sql}: {told:?} is no number"))
            }
        }
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        if let Self::Served(child, _) = self {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// A database that nobody else can read or write.
pub enum Locked {
    /// By this connection.
    File(Box<Connection>),
    /// By this psql, which waits for its next statement.
    Served(Child),
}

impl Locked {
    /// Everybody can again.
    pub fn release(self) {
        match self {
            Self::File(conn) => conn.execute_batch("ROLLBACK").expect("released"),
            Self::Served(mut child) => {
                drop(child.stdin.take());
                child.wait().expect("it ends");
            }
        }
    }
}

fn rows(conn: &Connection, sql: &str) -> rusqlite::Result<String> {
    let mut asked = conn.prepare(sql)?;
    let columns = asked.column_count();
    let mut found = asked.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cells = (0..columns).map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => String::new(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) | ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).into_owned()
                }
            })
        });
        rows.push(cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"));
    }
    Ok(rows.join("\n"))
}

/// One number that the database knows.
pub fn number(books: &Books, sql: &str) -> i64 {
    let told = books.told(sql);
    told.parse().unwrap_or_else(|_| panic!("{sql}: {told:?} is no number"))
}

/// One text that the database knows: the first, where it has several.
pub fn text(books: &Books, sql: &str) -> String {
    books.told(sql)
}

/// How many rows a table has.
pub fn rows_of(books: &Books, table: &str) -> i64 {
    number(books, &format!("SELECT count(*) FROM {table}"))
}

/// Opens a case by its four facts, with the merchant's own id.
pub fn open_case(office: &Office, staff: &str, coupon: &str, merchant: &str) -> serde_json::Value {
    let words = [
        "case",
        "open",
        "--number",
        coupon,
        "--expiry",
        "2023-02-24",
        "--prefecture",
        "奈良県",
        "--merchant",
        merchant,
    ];
    office.run(staff, words).done()
}

/// The number of a case in an answer.
pub fn case_id(view: &serde_json::Value) -> String {
    view["case"].as_str().expect("a case number").to_owned()
}
