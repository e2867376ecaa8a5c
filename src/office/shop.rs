//! Shops: which one was heard.

use std::sync::Arc;

use serde::Serialize;

use super::{Actor, Office, Result};
use crate::domain::ids::MerchantId;
use crate::domain::prefecture::Prefecture;
use crate::domain::staff::Permission;
use crate::search::fold::surface_key;
use crate::search::{Index, Query, Scratch, Shop};

/// How many candidates are named where a shop is not unambiguous.
const CANDIDATES: usize = 5;
/// The most shops one query may ask for.
pub const MAX_SHOPS: usize = 100;

/// A shop as ranked for what was heard.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankedShop {
    /// 加盟店ID.
    pub merchant_id: String,
    /// 店舗名.
    pub name: String,
    /// フリガナ.
    pub kana: String,
    /// 都道府県.
    pub prefecture: &'static str,
    /// 0 to 1.
    pub score: f32,
    /// Positions of the name's characters that fit what was heard, ascending; no part of
    /// the JSON.
    #[serde(skip)]
    pub matched: Vec<u32>,
    /// 住所: tells two branches apart on a screen; no part of the JSON.
    #[serde(skip)]
    pub address: String,
}

/// The shops of the campaign, ready to be searched. Shared by every desk of a process.
pub struct Shops {
    index: Index,
    shops: Vec<crate::store::ShopRow>,
}

impl Shops {
    /// The best shops for what was heard, best first.
    #[must_use]
    pub fn find(
        &self,
        text: &str,
        prefecture: Option<Prefecture>,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Vec<RankedShop> {
        self.find_boosted(text, prefecture, &[], limit, scratch)
    }

    /// As [`Shops::find`], with shops that are likely for another reason raised, at most
    /// 512 of them; those that are no shops of the campaign are passed over.
    #[must_use]
    pub fn find_boosted(
        &self,
        text: &str,
        prefecture: Option<Prefecture>,
        boost: &[MerchantId],
        limit: usize,
        scratch: &mut Scratch,
    ) -> Vec<RankedShop> {
        let boost: Vec<u32> = boost.iter().filter_map(|id| self.position(id)).collect();
        let query = Query {
            text,
            prefecture: prefecture.map(Prefecture::code),
            boost: &boost,
            limit: limit.min(MAX_SHOPS),
        };
        let ranked = self.index.search(&query, scratch).into_iter();
        ranked
            .filter_map(|hit| {
                let shop = self.shops.get(usize::try_from(hit.shop).ok()?)?;
                Some(RankedShop {
                    merchant_id: shop.merchant_id.clone(),
                    name: shop.name.clone(),
                    kana: shop.kana.clone(),
                    prefecture: Prefecture::from_code(shop.prefecture).map_or("", Prefecture::name),
                    score: (hit.score * 1000.0).round() / 1000.0,
                    address: shop.address.clone(),
                    matched: hit.matched,
                })
            })
            .collect()
    }

    /// Where a merchant stands among the shops, which the store gives in order of their ids.
    fn position(&self, id: &MerchantId) -> Option<u32> {
        let found = self.shops.binary_search_by(|shop| shop.merchant_id.as_str().cmp(id.as_str()));
        found.ok().and_then(|at| u32::try_from(at).ok())
    }
}

/// Which merchant a caller's words mean.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Exactly one: the same name after folding, and the only one in the prefecture.
    One(MerchantId),
    /// None, or several: the nearest, best first.
    Unclear(Vec<RankedShop>),
}

impl Office {
    /// Builds the index of all shops.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn shops(&self, actor: &Actor) -> Result<Arc<Shops>> {
        actor.must(Permission::FindShops)?;
        let rows = self.store.shops().await?;
        let shops = rows
            .iter()
            .map(|row| Shop {
                id: row.merchant_id.clone(),
                name: row.name.clone(),
                kana: row.kana.clone(),
                prefecture: row.prefecture,
            })
            .collect();
        let index = tokio::task::spawn_blocking(move || Index::build(shops))
            .await
            .map_err(|error| crate::store::StoreError::Unreachable(error.to_string()))?;
        Ok(Arc::new(Shops { index, shops: rows }))
    }

    /// The one merchant that was heard, or the nearest (specification, section 7).
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn hear_shop(
        &self,
        actor: &Actor,
        text: &str,
        prefecture: Prefecture,
    ) -> Result<Heard> {
        actor.must(Permission::FindShops)?;
        let key = surface_key(text);
        if !key.is_empty() {
            let named = self.store.merchants_named(&key, prefecture).await?;
            if let [only] = named.as_slice()
                && let Ok(merchant_id) = only.merchant_id.parse()
            {
                return Ok(Heard::One(merchant_id));
            }
        }
        let shops = self.shops(actor).await?;
        let mut scratch = Scratch::default();
        Ok(Heard::Unclear(shops.find(text, Some(prefecture), CANDIDATES, &mut scratch)))
    }
}
