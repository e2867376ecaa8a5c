//! `import`: record files in, with a progress bar where a person watches.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::out::bad_input;
use super::password::signed_in;
use super::{Context, Done, Failure};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::text;
use crate::office::import::{ImportEnd, ImportProgress, ImportReport, ImportRequest, RejectedRows};
use crate::office::reading::{NoDictionary, Readings};
use crate::records::Kind;

/// Imports one file.
pub async fn run(
    context: &Context,
    kind: Kind,
    file: PathBuf,
    covers: Option<String>,
    encoding: Option<String>,
) -> Done {
    let covers = covers
        .map(|text| text.parse::<crate::domain::time::Window>())
        .transpose()
        .map_err(|error| bad_input("--covers", &error, error.message_ja()))?;
    let encoding = encoding
        .map(|text| text.parse::<crate::records::Encoding>())
        .transpose()
        .map_err(|error| bad_input("--encoding", error, error.message_ja()))?;
    let request = ImportRequest { kind, path: file, covers, encoding };
    let progress = ImportProgress::default();
    let shown = Shown::begin(context, &progress);
    let end = signed_in(context, async |office, actor| {
        Ok(office.import(actor, &request, &progress).await?)
    })
    .await;
    shown.end();
    match end? {
        ImportEnd::Done(report) => {
            done(context, &report);
            Ok(())
        }
        ImportEnd::Rejected(rows) => {
            rejected(context, &request, &rows);
            Err(Failure::Said(1))
        }
    }
}

fn done(context: &Context, report: &ImportReport) {
    let out = &context.out;
    if report.unended_last_line {
        out.say(out.pick(
            "注意: 最後の行が改行で終わっていません。ファイルが途中で切れていないか確認してください。",
            "Note: the last line has no line end. Check that the file was not cut off.",
        ));
    }
    let ImportReport { read, imported, unchanged, rechecked, .. } = *report;
    let mut json = json!({
        "read": read, "imported": imported, "unchanged": unchanged, "rejected": 0,
        "rechecked": rechecked,
    });
    if let Some(readings) = &report.readings {
        json["readings"] = json!({"made": readings.made, "unread": readings.unread});
        unread(context, readings);
    }
    out.result(&json, || {
        let ja = format!("{read}行を読み、{imported}行を取り込みました（変更なし {unchanged}行、再照合 {rechecked}件）。");
        let en = format!("{read} rows read, {imported} imported, {unchanged} unchanged; {rechecked} cases verified again.");
        vec![out.pick(&ja, &en).to_owned()]
    });
}

/// Says how many shops can hardly be found by what is heard, and what helps.
fn unread(context: &Context, readings: &Readings) {
    let (out, made, unread) = (&context.out, readings.made, readings.unread);
    if made > 0 {
        let ja = format!("読み仮名のない{made}件のお店に、辞書で読みを付けました。");
        let en = format!("{made} shops without a reading were given one by the dictionary.");
        out.say(out.pick(&ja, &en));
    }
    if let Some(NoDictionary::NotKept(what)) = &readings.trouble {
        let what = text::for_terminal(what);
        let ja = format!(
            "注意: 記録は取り込みましたが、店名の読みを残せませんでした（{what}）。\
             同じファイルをもう一度取り込むと、続きから付きます。"
        );
        let en = format!(
            "Note: the records are in, but how shops are read could not be kept ({what}). Import \
             the same file again: it goes on from there."
        );
        out.say(out.pick(&ja, &en));
        return;
    }
    if unread == 0 {
        return;
    }
    let ja = format!(
        "注意: 読みの分からないお店が{unread}件あります。漢字で入力すれば見つかりますが、\
         聞いた音（かな・ローマ字）では見つかりにくくなります。"
    );
    let en = format!(
        "Note: nothing says how {unread} shops are read. They are found by their kanji, but \
         hardly by their sound (kana, romaji)."
    );
    out.say(out.pick(&ja, &en));
    let (ja, en) = match &readings.trouble {
        Some(NoDictionary::NotNamed) => (
            "  設定の [search] dictionary に辞書の場所（Debianでは mecab-ipadic の \
             /usr/share/mecab/dic/ipadic）を書き、同じファイルをもう一度取り込んでください。"
                .to_owned(),
            "  Name a dictionary in the settings, [search] dictionary (Debian's mecab-ipadic: \
             /usr/share/mecab/dic/ipadic), and import the same file again."
                .to_owned(),
        ),
        Some(NoDictionary::NotKept(_)) => return,
        Some(NoDictionary::Unusable(what, what_ja)) => (
            format!(
                "  辞書が使えません: {what_ja}。Debianでは apt-get install mecab-ipadic で入ります。\
                 直して、同じファイルをもう一度取り込んでください。"
            ),
            format!(
                "  The dictionary cannot be used: {what}. On Debian apt-get install mecab-ipadic \
                 brings it. Mend it and import the same file again."
            ),
        ),
        None => (
            "  辞書にない名前です。SVが端末か madoguchi reading で読みを入力できます。".to_owned(),
            "  The dictionary does not know them. A supervisor can say how they are read, at the \
             desk or with madoguchi reading."
                .to_owned(),
        ),
    };
    out.say(out.pick(&ja, &en));
}

fn rejected(context: &Context, request: &ImportRequest, rows: &RejectedRows) {
    let out = &context.out;
    for row in &rows.first {
        let (line, column) = (row.line, &row.column);
        let value = text::for_terminal_bounded(&row.value, 60);
        let ja = format!("{line}行目 {column} 「{value}」: {}", row.reason_ja);
        let en = format!("line {line} {column} “{value}”: {}", row.reason_en);
        out.say(out.pick(&ja, &en));
    }
    let file = text::for_terminal(&request.path.to_string_lossy());
    let mut refusal =
        Refusal::new(Code::RecordsRejected).with("count", rows.rejected).with("file", file);
    match &rows.list {
        Ok(path) => refusal = refusal.with("rejects", path.display()),
        Err(error) => out.say(error),
    }
    let list = rows.list.as_ref().ok().map(|path| path.to_string_lossy().into_owned());
    out.refusal_with(
        &refusal,
        &json!({
            "read": rows.read, "imported": 0, "unchanged": 0, "rejected": rows.rejected,
            "rechecked": 0, "rejects_file": list,
        }),
    );
}

/// The progress bar, while it is shown.
struct Shown(Option<(ProgressBar, tokio::task::JoinHandle<()>)>);

impl Shown {
    fn begin(context: &Context, progress: &ImportProgress) -> Self {
        if !context.out.watched() {
            return Self(None);
        }
        let bar = ProgressBar::new(0);
        // A fixed template: an error here would be ours, and the plain bar does as well.
        if let Ok(style) = ProgressStyle::with_template(
            "[{wide_bar}] {percent:>3}%  {bytes}/{total_bytes}  {elapsed}",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        let (ticking, progress) = (bar.clone(), progress.clone());
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(250)).await;
                let (read, total) = progress.bytes();
                ticking.set_length(total);
                ticking.set_position(read);
            }
        });
        Self(Some((bar, task)))
    }

    fn end(self) {
        if let Some((bar, task)) = self.0 {
            task.abort();
            bar.finish_and_clear();
        }
    }
}
