//! `move`: from a file into an empty database on a server, with a progress bar where a person
//! watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::out::bad_input;
use super::password::signed_in;
use super::{Context, Done, Failure};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::text::{for_terminal, for_terminal_bounded};
use crate::store::StoreError;
use crate::store::moving::{MoveProgress, Moved, NotMoved, Stage};
use crate::store::place::{check_server, is_server, move_to, shown};
use crate::store::sqlite::path_of;

/// Moves the database to where `to` says.
pub async fn run(context: &Context, to: &str) -> Done {
    let from = context.database();
    if is_server(from) {
        return Err(bad_input(
            "--database",
            "it is on a server already; only a file (sqlite://PATH) is moved",
            "すでにサーバーにあります。移せるのはファイル（sqlite://PATH）だけです",
        ));
    }
    let path = path_of(from)?;
    if !is_server(to) {
        return Err(bad_input(
            "--to",
            "not a database URL of the form postgres://USER@HOST/DATABASE",
            "postgres://USER@HOST/DATABASE の形で指定してください",
        ));
    }
    if let Err(StoreError::Url(what)) = check_server(to) {
        return Err(bad_input("--to", &what, &what));
    }
    let mover = signed_in(context, async |office, actor| Ok(office.mover(actor)?)).await?;
    let progress = MoveProgress::default();
    let bar = Bar::begin(context, &progress);
    let moved = move_to(&path, to, &mover, &progress).await;
    bar.end();
    let file = for_terminal(&path.to_string_lossy());
    match moved {
        Ok(moved) => {
            done(context, &file, &shown(to), &moved);
            Ok(())
        }
        Err(NotMoved::Refused(refusal)) => Err(Failure::Office(refusal.into())),
        Err(NotMoved::Store(error)) => Err(error.into()),
        Err(NotMoved::Wrong(row)) => {
            let key = for_terminal_bounded(&row.key, 80);
            let what = format!("{file}: {} {key}: {}", row.table, row.what);
            let refusal = Refusal::new(Code::AuditBroken).with("what", what);
            let wrong = json!({"table": row.table, "key": row.key, "what": row.what});
            context.out.refusal_with(&refusal, &json!({"wrong": wrong}));
            Err(Failure::Said(1))
        }
    }
}

fn done(context: &Context, file: &str, database: &str, moved: &Moved) {
    let out = &context.out;
    let rows: i64 = moved.tables.iter().map(|table| table.rows).sum();
    let tables: serde_json::Map<String, Value> = moved
        .tables
        .iter()
        .map(|table| {
            let sums: serde_json::Map<String, Value> =
                table.sums.iter().map(|(name, sum)| ((*name).to_owned(), json!(sum))).collect();
            (table.name.to_owned(), json!({"rows": table.rows, "sums": sums}))
        })
        .collect();
    let (events, before) = moved.report.moved.clone().unwrap_or_default();
    let json = json!({
        "from": file, "to": database, "rows": rows, "tables": tables, "events": events,
        "head_before": before, "head": moved.report.head,
    });
    out.result(&json, || {
        let mut lines: Vec<String> = moved
            .tables
            .iter()
            .filter(|table| table.rows > 0)
            .map(|table| {
                let sums: Vec<String> =
                    table.sums.iter().map(|(name, sum)| format!("  {name} {sum}")).collect();
                format!("  {:<12} {:>10}{}", table.name, table.rows, sums.concat())
            })
            .collect();
        let ja = format!(
            "{file} の{rows}行を {database} に移し、件数・合計・全行・監査証跡が一致することを確認しました。"
        );
        let en = format!(
            "{rows} rows of {file} are in {database} now: counts, sums, every row and the audit \
             trail are the same on both sides."
        );
        lines.push(out.pick(&ja, &en).to_owned());
        lines.push(format!("{}  {before}", out.pick("移行前の末尾", "head before the move")));
        lines.push(format!("{}  {}", out.pick("末尾", "head"), moved.report.head));
        let ja = format!(
            "{file} はそのまま残っています。設定の database に新しい場所を書き、端末の利用者を \
             madoguchi_desk（管理者は madoguchi_admin）に入れてから始めてください。\
             これから {file} に書いたものは移りません。別の場所に保管してください。"
        );
        let en = format!(
            "{file} is as it was. Now write the new place into the settings (database), and make \
             the database users of the desks members of madoguchi_desk, those of the admins of \
             madoguchi_admin. What is written into {file} from now on does not come along: put \
             it away."
        );
        lines.push(out.pick(&ja, &en).to_owned());
        lines
    });
}

/// The progress bar, while it is shown.
struct Bar(Option<(ProgressBar, tokio::task::JoinHandle<()>)>);

impl Bar {
    fn begin(context: &Context, progress: &MoveProgress) -> Self {
        if !context.out.watched() {
            return Self(None);
        }
        let bar = ProgressBar::new(0);
        // A fixed template: an error here would be ours, and the plain bar does as well.
        if let Ok(style) = ProgressStyle::with_template(
            "{msg}  [{wide_bar}] {percent:>3}%  {human_pos}/{human_len}  {elapsed}",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        let (ticking, progress, out) = (bar.clone(), progress.clone(), context.out);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(250)).await;
                let (stage, done, rows) = progress.now();
                ticking.set_message(match stage {
                    Stage::Waiting => "",
                    Stage::Verifying => out.pick("1/5 元を検証", "1/5 verifying the file"),
                    Stage::Copying => out.pick("2/5 コピー", "2/5 copying"),
                    Stage::Indexing => out.pick("3/5 索引を作成", "3/5 making indexes"),
                    Stage::Comparing => out.pick("4/5 突き合わせ", "4/5 comparing"),
                    Stage::Proving => out.pick("5/5 移した先を検証", "5/5 verifying the copy"),
                });
                ticking.set_length(rows);
                ticking.set_position(done);
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
