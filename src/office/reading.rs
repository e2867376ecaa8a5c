//! How shops are read: made by a dictionary after an import, corrected by a supervisor.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use unicode_normalization::UnicodeNormalization as _;

use super::{Actor, Deciding, Office, Result, acting, off_the_runtime};
use crate::domain::ids::MerchantId;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId};
use crate::records::dictionary::{Dictionary, DictionaryError};
use crate::search::fold::{is_kana, is_kanji, to_hiragana};
use crate::store::UnreadShop;
use crate::store::changes::{Changes, Event};
use crate::store::rows::ReadingRow;
use crate::store::snapshot::Need;

/// Shops read at a time.
const STEP: i64 = 2_000;
/// The longest reading, characters.
const MAX_KANA_CHARS: usize = 200;
/// The most readings of one shop.
const MAX_READINGS: usize = 4;

/// What giving readings to shops came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Shops that were given a reading.
    pub made: u64,
    /// Shops with kanji in their names that nothing says the reading of.
    pub unread: u64,
    /// Why there is no dictionary.
    pub trouble: Option<NoDictionary>,
}

/// Why names cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoDictionary {
    /// The settings name none.
    NotNamed,
    /// The one they name cannot be used: why, in English and in Japanese.
    Unusable(String, String),
    /// What it made could not be kept: why. The records themselves are in.
    NotKept(String),
}

impl From<&DictionaryError> for NoDictionary {
    fn from(error: &DictionaryError) -> Self {
        let folder = crate::domain::text::for_terminal(&error.path.to_string_lossy());
        Self::Unusable(error.to_string(), format!("{folder}: {}", error.what.message_ja()))
    }
}

impl Office {
    /// Gives readings to the shops whose records have none, by the dictionary that the
    /// settings name; without one it only counts them. In bounded steps, each durable and
    /// with a line in the audit trail; what was cut short goes on at the next import.
    ///
    /// # Errors
    /// What the store answers. A dictionary that cannot be used is no error.
    pub(crate) async fn make_readings(&self) -> Result<Readings> {
        let mut done = Readings::default();
        let mut dictionary: Option<Arc<Dictionary>> = None;
        let mut after = String::new();
        loop {
            let shops = self.store.unread_shops(&after, STEP).await?;
            let Some(last) = shops.last() else {
                return Ok(done);
            };
            after.clone_from(&last.merchant_id);
            // A name in kana or in letters is its own reading.
            let unread: Vec<UnreadShop> =
                shops.into_iter().filter(|shop| shop.name.contains(is_kanji)).collect();
            done.unread += u64::try_from(unread.len()).unwrap_or(0);
            if unread.is_empty() || done.trouble.is_some() {
                continue;
            }
            if dictionary.is_none() {
                match self.dictionary().await? {
                    Ok(opened) => dictionary = Some(opened),
                    Err(trouble) => {
                        done.trouble = Some(trouble);
                        continue;
                    }
                }
            }
            if let Some(dictionary) = &dictionary {
                let made = self.read_names(Arc::clone(dictionary), unread).await?;
                done.made += made;
                done.unread = done.unread.saturating_sub(made);
            }
        }
    }

    async fn dictionary(&self) -> Result<std::result::Result<Arc<Dictionary>, NoDictionary>> {
        let Some(folder) = self.settings.dictionary.clone() else {
            return Ok(Err(NoDictionary::NotNamed));
        };
        let opened = off_the_runtime(move || Dictionary::open(Path::new(&folder))).await?;
        Ok(match opened {
            Ok(dictionary) => Ok(Arc::new(dictionary)),
            Err(error) => Err(NoDictionary::from(&error)),
        })
    }

    async fn read_names(
        &self,
        dictionary: Arc<Dictionary>,
        unread: Vec<UnreadShop>,
    ) -> Result<u64> {
        let readings = off_the_runtime(move || {
            let mut reader = dictionary.reader();
            let read = |shop: UnreadShop| Some((shop.merchant_id, reader.readings(&shop.name)?));
            unread.into_iter().filter_map(read).collect::<Vec<_>>()
        })
        .await?;
        if readings.is_empty() {
            return Ok(0);
        }
        let event = Event::new(self.now(), &StaffId::system(), "reading.made");
        Ok(self.store.add_readings(&readings, event).await?)
    }

    /// Says how a shop is read, from now on and for everybody: kana, several readings
    /// separated by `|`. Returns it as it is kept.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `BAD_INPUT` where it is no kana or there is no such merchant, or what
    /// the store answers.
    pub async fn correct_reading(
        &self,
        actor: &Actor,
        merchant_id: &MerchantId,
        kana: &str,
    ) -> Result<String> {
        actor.must(Permission::CorrectReadings)?;
        let kana = checked_kana(kana)?;
        let need = Need {
            actor: Some(actor.staff_id.as_str().to_owned()),
            merchant_id: Some(merchant_id.as_str().to_owned()),
            ..Need::default()
        };
        let (now, merchant_id, kept) = (self.now(), merchant_id.clone(), kana.clone());
        let job = Deciding::job(need, move |seen| {
            let staff_id = match acting(seen.actor.as_ref(), Permission::CorrectReadings) {
                Ok((staff_id, _)) => staff_id,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if seen.merchant.is_none() {
                return Ok(Err(unknown_merchant(&merchant_id)));
            }
            let event = Event::new(now, &staff_id, "reading.correct")
                .about(merchant_id.as_str())
                .detail(json!({"kana": kana}));
            let mut changes = Changes::event(event);
            changes.reading = Some(ReadingRow {
                audit_seq: 0,
                merchant_id: merchant_id.as_str().to_owned(),
                source: ReadingRow::CORRECTED.to_owned(),
                kana: kana.clone(),
            });
            Ok(Ok(Box::new(changes)))
        });
        self.store.submit(job).await??;
        Ok(kept)
    }
}

fn unknown_merchant(merchant_id: &MerchantId) -> Refusal {
    Refusal::new(Code::BadInput)
        .with("key", "merchant")
        .with("what", format!("there is no merchant {merchant_id}"))
        .with("what_ja", format!("加盟店ID {merchant_id} はありません"))
}

/// A reading as it is kept: katakana, words kept apart by one space.
///
/// # Errors
/// `BAD_INPUT` with what is wrong about it.
pub fn checked_kana(text: &str) -> Result<String> {
    let wrong = |en: &str, ja: &str| {
        Refusal::new(Code::BadInput).with("key", "kana").with("what", en).with("what_ja", ja)
    };
    let text: String = text.nfkc().take(MAX_KANA_CHARS + 1).collect();
    if text.chars().count() > MAX_KANA_CHARS {
        return Err(wrong("at most 200 characters", "200文字までです").into());
    }
    let readings: Vec<String> = text.split('|').map(katakana_words).collect();
    if readings.len() > MAX_READINGS {
        return Err(wrong("at most 4 readings", "読みは4つまでです").into());
    }
    let kana = |c: char| is_kana(to_hiragana(c));
    let sounds = |c: char| kana(c) && c != 'ー';
    let kana_only = |reading: &String| {
        reading.chars().any(sounds) && reading.chars().all(|c| kana(c) || c == ' ')
    };
    if !readings.iter().all(kana_only) {
        return Err(wrong(
            "a reading is written in kana; several are separated by |",
            "読みはかなで入力してください（複数あるときは | で区切ります）",
        )
        .into());
    }
    Ok(readings.join("|"))
}

fn katakana_words(text: &str) -> String {
    let spaced = text.replace(['・', '　'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().map(to_katakana).collect()
}

fn to_katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => c,
    }
}
