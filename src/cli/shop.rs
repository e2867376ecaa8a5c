//! Shops: found by what was heard, and how they are read.

use std::io::BufRead as _;

use serde_json::json;

use super::out::bad_input;
use super::password::signed_in;
use super::records::unreadable;
use super::{Context, Done};
use crate::domain::ids::MerchantId;
use crate::domain::prefecture::Prefecture;
use crate::office::shop::Shops;

/// The longest line that `shop --stdin` takes as a query.
const MAX_QUERY_BYTES: usize = 64 * 1024;

/// `shop TEXT` and `shop --stdin`.
pub async fn find(
    context: &Context,
    text: Option<String>,
    prefecture: Option<String>,
    limit: usize,
) -> Done {
    let prefecture = prefecture.map(|said| context.prefecture(&said)).transpose()?;
    let shops = signed_in(context, async |office, actor| Ok(office.shops(actor).await?)).await?;
    let Some(text) = text else {
        return shops_of_lines(context, &shops, prefecture, limit);
    };
    let found = shops.find(&text, prefecture, limit);
    context.out.result(&json!({"shops": found}), || {
        found
            .iter()
            .map(|shop| {
                let kana = if shop.kana.is_empty() { "" } else { &shop.kana };
                format!(
                    "{:.3}  {}  {}  {kana}  {}",
                    shop.score, shop.merchant_id, shop.name, shop.prefecture
                )
            })
            .collect()
    });
    Ok(())
}

/// One query a line, one line of JSON each, the index built once.
fn shops_of_lines(
    context: &Context,
    shops: &Shops,
    prefecture: Option<Prefecture>,
    limit: usize,
) -> Done {
    let mut stdin = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = std::io::Read::take(&mut stdin, MAX_QUERY_BYTES as u64)
            .read_until(b'\n', &mut line)
            .map_err(|error| unreadable("-", &error))?;
        if read == 0 {
            return Ok(());
        }
        let query = String::from_utf8_lossy(&line);
        let query = query.trim_end_matches(['\r', '\n']);
        let begun = std::time::Instant::now();
        let found = shops.find(query, prefecture, limit);
        let ms = (begun.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0;
        context.out.raw(&json!({"query": query, "ms": ms, "shops": found}).to_string());
    }
}

/// `reading MERCHANT KANA`.
pub async fn correct(context: &Context, merchant: &str, kana: &str) -> Done {
    let merchant_id: MerchantId =
        merchant.parse().map_err(|error| bad_input("merchant", error, "加盟店IDではありません"))?;
    let kept = signed_in(context, async |office, actor| {
        Ok(office.correct_reading(actor, &merchant_id, kana).await?)
    })
    .await?;
    let json = json!({"merchant_id": merchant_id.as_str(), "kana": kept});
    context.out.result(&json, || vec![format!("{merchant_id}  {kept}")]);
    Ok(())
}
