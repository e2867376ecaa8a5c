//! Reading arguments into the types of the domain, with an error that says how to write
//! them.

use chrono::NaiveDate;

use super::out::bad_input;
use super::{Context, Failure};
use crate::domain::day::{echo, parse_day};
use crate::domain::ids::CaseId;
use crate::domain::number::{InquiryNumber, NumberError};
use crate::domain::prefecture::Prefecture;
use crate::domain::time::Instant;

impl Context {
    /// An inquiry number.
    pub fn number(&self, said: &str) -> Result<InquiryNumber, Failure> {
        self.settings.number_pattern.parse(said).map_err(|error| {
            let ja = match &error {
                NumberError::Empty => "番号がありません".to_owned(),
                NumberError::Unreadable(value) => {
                    format!("「{value}」は番号として読めません。英数字32文字までです")
                }
                NumberError::Form(value) => {
                    format!(
                        "「{value}」はお問い合わせ番号の形式ではありません（設定 number_pattern）"
                    )
                }
            };
            bad_input("--number", error, ja)
        })
    }

    /// A day as callers say it; a day without a year is one of the campaign's.
    pub fn day(&self, said: &str) -> Result<NaiveDate, Failure> {
        let day = parse_day(said, self.settings.campaign.year())
            .map_err(|error| bad_input("--expiry", &error, error.message_ja()))?;
        self.out.note(
            &format!("有効期限 {}", echo(day)),
            &format!("expiry {}", crate::domain::day::echo_en(day)),
        );
        Ok(day)
    }

    /// A prefecture, however it is written.
    pub fn prefecture(&self, said: &str) -> Result<Prefecture, Failure> {
        said.parse::<Prefecture>()
            .map_err(|error| bad_input("--prefecture", &error, error.message_ja()))
    }

    /// A case's number.
    pub fn case_id(&self, said: &str) -> Result<CaseId, Failure> {
        said.parse().map_err(|error| {
            bad_input("ID", error, "受付番号は R-20230313-0001 のように入力してください")
        })
    }

    /// A moment.
    pub fn time(&self, key: &str, said: &str) -> Result<Instant, Failure> {
        crate::domain::time::parse_record_time(said)
            .map_err(|error| bad_input(key, &error, error.message_ja()))
    }
}
