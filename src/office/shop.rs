//! Shops: which one was heard.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use serde::Serialize;

use super::{Actor, Office, Result, off_the_runtime};
use crate::domain::ids::MerchantId;
use crate::domain::prefecture::Prefecture;
use crate::domain::staff::Permission;
use crate::search::fold::surface_key;
use crate::search::{Index, Query, Scratch, Shop};
use crate::store::{ShopRow, ShopsStamp};

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
    /// How it is read, the likeliest way; empty where nothing says so.
    pub kana: String,
    /// Where that comes from: `record`, `dictionary`, `corrected` or `none`.
    pub kana_source: &'static str,
    /// 都道府県.
    pub prefecture: &'static str,
    /// 0 to 1, in thousandths.
    pub score: f64,
    /// All its readings, separated by `|`; no part of the JSON.
    #[serde(skip)]
    pub readings: String,
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
    rows: Vec<ShopRow>,
    stamp: ShopsStamp,
    /// What searches work with: as many as ever went on at once, not one for each desk.
    scratches: Mutex<Vec<Scratch>>,
}

/// The shops as they were last read. Whoever searches goes on with what is there while they
/// are read anew.
#[derive(Default)]
pub(super) struct ShopsCache {
    current: RwLock<Option<Arc<Shops>>>,
    /// Held while they are read: of many desks one does it.
    reading: tokio::sync::Mutex<()>,
    /// How often they were read after the first time.
    anew: AtomicU64,
}

impl ShopsCache {
    fn get(&self) -> Option<Arc<Shops>> {
        self.current.read().ok()?.clone()
    }

    fn put(&self, shops: Arc<Shops>) {
        if let Ok(mut current) = self.current.write() {
            *current = Some(shops);
        }
    }
}

impl Shops {
    /// The best shops for what was heard, best first.
    #[must_use]
    pub fn find(
        &self,
        text: &str,
        prefecture: Option<Prefecture>,
        limit: usize,
    ) -> Vec<RankedShop> {
        self.find_boosted(text, prefecture, &[], limit)
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
    ) -> Vec<RankedShop> {
        let boost: Vec<u32> = boost.iter().filter_map(|id| self.position(id)).collect();
        let query = Query {
            text,
            prefecture: prefecture.map(Prefecture::code),
            boost: &boost,
            limit: limit.min(MAX_SHOPS),
        };
        let mut scratch = self.scratch();
        let ranked = self.index.search(&query, &mut scratch);
        if let Ok(mut scratches) = self.scratches.lock() {
            scratches.push(scratch);
        }
        ranked
            .into_iter()
            .filter_map(|hit| {
                let shop = self.rows.get(usize::try_from(hit.shop).ok()?)?;
                Some(RankedShop {
                    merchant_id: shop.merchant_id.clone(),
                    name: shop.name.clone(),
                    kana: shop.kana.split('|').next().unwrap_or_default().to_owned(),
                    kana_source: shop.kana_source.as_str(),
                    prefecture: Prefecture::from_code(shop.prefecture).map_or("", Prefecture::name),
                    score: (f64::from(hit.score) * 1000.0).round() / 1000.0,
                    readings: shop.kana.clone(),
                    address: shop.address.clone(),
                    matched: hit.matched,
                })
            })
            .collect()
    }

    fn scratch(&self) -> Scratch {
        self.scratches.lock().ok().and_then(|mut scratches| scratches.pop()).unwrap_or_default()
    }

    /// Where a merchant stands among the shops, which the store gives in order of their ids.
    fn position(&self, id: &MerchantId) -> Option<u32> {
        let found = self.rows.binary_search_by(|shop| shop.merchant_id.as_str().cmp(id.as_str()));
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
    /// All shops, ready to be searched: read at the first call, shared from then on.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn shops(&self, actor: &Actor) -> Result<Arc<Shops>> {
        actor.must(Permission::FindShops)?;
        if let Some(shops) = self.shops.get() {
            return Ok(shops);
        }
        let _reading = self.shops.reading.lock().await;
        match self.shops.get() {
            Some(shops) => Ok(shops),
            None => self.read_shops().await,
        }
    }

    /// Reads the shops anew where an import or a corrected reading has changed them since
    /// they were read; says whether it has. Searches go on with the old ones meanwhile.
    /// Where nobody has asked for shops yet, nothing is read.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn refresh_shops(&self) -> Result<bool> {
        // Whoever reads them for the first time may not have seen this change.
        let _reading = self.shops.reading.lock().await;
        if self.shops.get().is_none() {
            return Ok(false);
        }
        let stamp = self.store.shops_stamp().await?;
        if self.shops.get().is_some_and(|shops| shops.stamp == stamp) {
            return Ok(false);
        }
        self.read_shops().await?;
        self.shops.anew.fetch_add(1, Ordering::Release);
        Ok(true)
    }

    /// Counts how often [`Office::refresh_shops`] has read them anew, whoever asked it to.
    #[must_use]
    pub fn shops_read(&self) -> u64 {
        self.shops.anew.load(Ordering::Acquire)
    }

    async fn read_shops(&self) -> Result<Arc<Shops>> {
        // Before the rows: what comes in between is read again.
        let stamp = self.store.shops_stamp().await?;
        let rows = self.store.shops().await?;
        let built = off_the_runtime(move || {
            let shop = |row: &ShopRow| Shop {
                id: row.merchant_id.clone(),
                name: row.name.clone(),
                kana: row.kana.clone(),
                prefecture: row.prefecture,
            };
            let index = Index::build(rows.iter().map(shop).collect());
            Shops { index, rows, stamp, scratches: Mutex::default() }
        });
        let shops = Arc::new(built.await?);
        self.shops.put(Arc::clone(&shops));
        Ok(shops)
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
        Ok(Heard::Unclear(shops.find(text, Some(prefecture), CANDIDATES)))
    }
}
