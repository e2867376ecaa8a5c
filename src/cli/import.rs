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
    let json = json!({
        "read": read, "imported": imported, "unchanged": unchanged, "rejected": 0,
        "rechecked": rechecked,
    });
    out.result(&json, || {
        let ja = format!("{read}行を読み、{imported}行を取り込みました（変更なし {unchanged}行、再照合 {rechecked}件）。");
        let en = format!("{read} rows read, {imported} imported, {unchanged} unchanged; {rechecked} cases verified again.");
        vec![out.pick(&ja, &en).to_owned()]
    });
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
            "[{bar:40}] {percent:>3}%  {bytes}/{total_bytes}  {elapsed}",
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
