//! Passwords: from `MADOGUCHI_PASSWORD` or a prompt, never from an argument.

use std::io::{BufRead as _, IsTerminal as _};

use super::{Context, Done, Failure};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::office::callback::bad_phone;
use crate::office::{Actor, Office};

/// The environment variable with the password of who acts.
const VARIABLE: &str = "MADOGUCHI_PASSWORD";
/// The longest line that is read as a telephone number.
const MAX_PHONE_BYTES: u64 = 1024;

impl Context {
    /// The id of who acts.
    pub fn staff_id(&self) -> Result<StaffId, Failure> {
        let Some(id) = &self.global.staff else {
            return Err(Failure::Usage(Code::SignInNeeded.into()));
        };
        id.parse().map_err(|_| Failure::Office(Code::SignInFailed.into()))
    }

    /// The password of who acts.
    pub fn own_password(&self) -> Result<Private, Failure> {
        match std::env::var(VARIABLE) {
            Ok(password) => Ok(Private::new(password)),
            Err(_) => self.prompt("パスワード: ", "Password: "),
        }
    }

    /// Signs in whoever acts.
    pub async fn sign_in(&self, office: &Office) -> Result<Actor, Failure> {
        let staff_id = self.staff_id()?;
        let password = self.own_password()?;
        Ok(office.sign_in(&staff_id, &password).await?)
    }

    /// A new password: a line of standard input, or typed twice.
    pub fn new_password(&self, from_stdin: bool) -> Result<Private, Failure> {
        if from_stdin || !std::io::stdin().is_terminal() {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            let password = line.trim_end_matches(['\r', '\n']);
            return match read {
                Ok(_) if !password.is_empty() => Ok(Private::new(password)),
                _ => Err(Failure::Office(Code::PasswordWeak.into())),
            };
        }
        let first = self.prompt("新しいパスワード: ", "New password: ")?;
        let second = self.prompt("もう一度: ", "Again: ")?;
        if first == second {
            return Ok(first);
        }
        let refusal = Refusal::new(Code::PasswordWeak)
            .with("what", "the two do not agree")
            .with("what_ja", "2回の入力が一致しません");
        Err(Failure::Office(refusal.into()))
    }

    /// A caller's telephone number: a line of standard input, never an argument, which other
    /// users of the machine could see.
    pub fn phone(&self) -> Result<Private, Failure> {
        if std::io::stdin().is_terminal() {
            self.out.note("折り返し先の電話番号:", "Telephone number to call back:");
        }
        let mut line = String::new();
        let stdin = std::io::stdin().lock();
        let read = std::io::Read::take(stdin, MAX_PHONE_BYTES).read_line(&mut line);
        match read {
            Ok(_) => Ok(Private::new(line)),
            Err(_) => Err(Failure::Office(bad_phone().into())),
        }
    }

    fn prompt(&self, ja: &str, en: &str) -> Result<Private, Failure> {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Office(Code::SignInNeeded.into()));
        }
        rpassword::prompt_password(self.out.pick(ja, en))
            .map(Private::new)
            .map_err(|_| Failure::Office(Code::SignInNeeded.into()))
    }
}

/// Signs in, does something, and lets go of the database.
pub async fn signed_in<T>(
    context: &Context,
    work: impl AsyncFnOnce(&Office, &Actor) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let office = context.office().await?;
    let done = match context.sign_in(&office).await {
        Ok(actor) => work(&office, &actor).await,
        Err(failure) => Err(failure),
    };
    let closed: Done = office.close().await.map_err(Failure::from);
    let done = done?;
    closed?;
    Ok(done)
}
