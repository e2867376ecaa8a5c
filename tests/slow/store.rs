//! A store at the far end of a slow line: the real one, each question of which takes half
//! of the delay to get there and its answer the other half to come back.

#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use madoguchi::domain::ids::{CaseId, MerchantId};
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::prefecture::Prefecture;
use madoguchi::domain::staff::StaffId;
use madoguchi::domain::staff_key::Fingerprint;
use madoguchi::domain::time::Instant;
use madoguchi::store::changes::Event;
use madoguchi::store::desks::{Board, Desks, Lease, QueueRow, Seat};
use madoguchi::store::import::{ImportBegin, ImportSession};
use madoguchi::store::rows::{AuditRow, CaseRow, CouponRow, MerchantRow, StaffKeyRow, StaffRow};
use madoguchi::store::snapshot::{Need, Snapshot};
use madoguchi::store::{
    Ask, AuditReport, CaseFilter, CouponFile, ExtendStep, Extended, Info, Job, NearQuestion,
    Outcome, ShopRow, ShopsStamp, Store, StoreError, UnreadShop,
};
use tokio::sync::watch;

/// What a store answers.
type Answer<T> = Result<T, StoreError>;

/// The store behind the line.
pub struct SlowStore {
    real: Arc<dyn Store>,
    /// How long a question and its answer take together, milliseconds.
    delay: AtomicU64,
    /// Whether no answer comes back at all for now.
    hangs: watch::Sender<bool>,
    /// The question that is not answered for now, where there is one.
    lost: Mutex<Option<&'static str>>,
    /// How often it was asked in vain.
    in_vain: AtomicUsize,
    /// The questions without an answer yet, by the names of the methods.
    under_way: Mutex<Vec<&'static str>>,
    /// The questions that were answered, in that order.
    answered: Mutex<Vec<&'static str>>,
}

impl SlowStore {
    /// A line that is quick until it is told otherwise.
    pub fn before(real: Arc<dyn Store>) -> Self {
        Self {
            real,
            delay: AtomicU64::default(),
            hangs: watch::Sender::new(false),
            lost: Mutex::default(),
            in_vain: AtomicUsize::default(),
            under_way: Mutex::default(),
            answered: Mutex::default(),
        }
    }

    /// How long every question and its answer take from now on.
    pub fn takes(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).expect("a delay");
        self.delay.store(delay, Ordering::Relaxed);
    }

    /// From now on no answer comes back, however long one waits.
    pub fn hang(&self) {
        self.hangs.send_replace(true);
    }

    /// What hung comes back.
    pub fn go_on(&self) {
        self.hangs.send_replace(false);
    }

    /// From now on whoever asks a question of this name hears that the database does not answer.
    pub fn lose(&self, question: &'static str) {
        *self.lost.lock().expect("the question") = Some(question);
    }

    /// Every question is answered again.
    pub fn lose_nothing(&self) {
        *self.lost.lock().expect("the question") = None;
    }

    /// How many questions were not answered.
    pub fn asked_in_vain(&self) -> usize {
        self.in_vain.load(Ordering::Relaxed)
    }

    /// Whether a question of this name has no answer yet.
    pub fn is_asked(&self, question: &str) -> bool {
        self.under_way.lock().expect("the questions").contains(&question)
    }

    /// How many questions of this name were answered.
    pub fn answers(&self, question: &str) -> usize {
        let answered = self.answered.lock().expect("the answers");
        answered.iter().filter(|answered| **answered == question).count()
    }

    /// How many questions were answered, whatever they were.
    pub fn all_answers(&self) -> usize {
        self.answered.lock().expect("the answers").len()
    }

    async fn half_of_the_way(&self) {
        let delay = self.delay.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay / 2)).await;
        }
    }

    /// Sends a question over the line and waits for its answer to come back.
    async fn slowly<T>(
        &self,
        question: &'static str,
        answer: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        if *self.lost.lock().expect("the question") == Some(question) {
            self.in_vain.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Unreachable("lost on the way".to_owned()));
        }
        let under_way = UnderWay::begin(self, question);
        self.half_of_the_way().await;
        let answer = answer.await;
        self.half_of_the_way().await;
        // The sender is this store's own: it never goes before its questions do.
        let _ = self.hangs.subscribe().wait_for(|hangs| !hangs).await;
        self.answered.lock().expect("the answers").push(question);
        drop(under_way);
        answer
    }
}

/// A question that is under way for as long as somebody waits for its answer.
struct UnderWay<'a>(&'a SlowStore, &'static str);

impl<'a> UnderWay<'a> {
    fn begin(store: &'a SlowStore, question: &'static str) -> Self {
        store.under_way.lock().expect("the questions").push(question);
        Self(store, question)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = self.0.under_way.lock().expect("the questions");
        if let Some(at) = under_way.iter().position(|question| *question == self.1) {
            under_way.remove(at);
        }
    }
}

#[async_trait]
impl Store for SlowStore {
    async fn submit(&self, job: Arc<dyn Job>) -> Answer<Outcome> {
        self.slowly("submit", self.real.submit(job)).await
    }

    async fn submit_all(&self, asks: Vec<Ask>) -> Answer<Vec<Outcome>> {
        self.slowly("submit_all", self.real.submit_all(asks)).await
    }

    /// Nobody waits for it.
    fn jot(&self, event: Event) {
        self.real.jot(event);
    }

    async fn flush(&self) -> Answer<()> {
        self.slowly("flush", self.real.flush()).await
    }

    async fn snapshot(&self, needs: &[Need]) -> Answer<Vec<Snapshot>> {
        self.slowly("snapshot", self.real.snapshot(needs)).await
    }

    async fn look_up(&self, number: &InquiryNumber) -> Answer<Option<(CouponRow, Vec<String>)>> {
        self.slowly("look_up", self.real.look_up(number)).await
    }

    async fn near_numbers(&self, near: &NearQuestion) -> Answer<Vec<String>> {
        self.slowly("near_numbers", self.real.near_numbers(near)).await
    }

    async fn coupon_file(&self, number: &InquiryNumber) -> Answer<Option<CouponFile>> {
        self.slowly("coupon_file", self.real.coupon_file(number)).await
    }

    async fn info(&self) -> Answer<Info> {
        self.slowly("info", self.real.info()).await
    }

    async fn staff(&self) -> Answer<Vec<StaffRow>> {
        self.slowly("staff", self.real.staff()).await
    }

    async fn staff_keys(&self, staff_id: Option<&StaffId>) -> Answer<Vec<StaffKeyRow>> {
        self.slowly("staff_keys", self.real.staff_keys(staff_id)).await
    }

    async fn barred(&self, people: &[(StaffId, Option<Fingerprint>)]) -> Answer<Vec<usize>> {
        self.slowly("barred", self.real.barred(people)).await
    }

    async fn cases(&self, filter: &CaseFilter) -> Answer<Vec<CaseRow>> {
        self.slowly("cases", self.real.cases(filter)).await
    }

    async fn case_ids(
        &self,
        states: &[&str],
        after: Option<&CaseId>,
        limit: i64,
    ) -> Answer<Vec<String>> {
        self.slowly("case_ids", self.real.case_ids(states, after, limit)).await
    }

    async fn restored_since(&self, import_id: i64) -> Answer<(Vec<String>, i64)> {
        self.slowly("restored_since", self.real.restored_since(import_id)).await
    }

    async fn rechecked_upto(&self) -> Answer<i64> {
        self.slowly("rechecked_upto", self.real.rechecked_upto()).await
    }

    async fn history(&self, case_id: &CaseId) -> Answer<Vec<AuditRow>> {
        self.slowly("history", self.real.history(case_id)).await
    }

    async fn merchants_named(&self, key: &str, prefecture: Prefecture) -> Answer<Vec<MerchantRow>> {
        self.slowly("merchants_named", self.real.merchants_named(key, prefecture)).await
    }

    async fn merchant(&self, id: &MerchantId) -> Answer<Option<MerchantRow>> {
        self.slowly("merchant", self.real.merchant(id)).await
    }

    async fn shops(&self) -> Answer<Vec<ShopRow>> {
        self.slowly("shops", self.real.shops()).await
    }

    async fn shops_stamp(&self) -> Answer<ShopsStamp> {
        self.slowly("shops_stamp", self.real.shops_stamp()).await
    }

    async fn unread_shops(&self, after: &str, limit: i64) -> Answer<Vec<UnreadShop>> {
        self.slowly("unread_shops", self.real.unread_shops(after, limit)).await
    }

    async fn add_readings(&self, readings: &[(String, String)], event: Event) -> Answer<u64> {
        self.slowly("add_readings", self.real.add_readings(readings, event)).await
    }

    async fn import(&self, begin: ImportBegin) -> Answer<Box<dyn ImportSession>> {
        self.slowly("import", self.real.import(begin)).await
    }

    async fn extend(&self, step: &ExtendStep, event: Event) -> Answer<Extended> {
        self.slowly("extend", self.real.extend(step, event)).await
    }

    async fn verify_audit(&self) -> Answer<AuditReport> {
        self.slowly("verify_audit", self.real.verify_audit()).await
    }

    /// The story is over.
    async fn close(&self) {
        self.real.close().await;
    }
}

#[async_trait]
impl Desks for SlowStore {
    async fn head_seq(&self) -> Answer<i64> {
        self.slowly("head_seq", self.real.head_seq()).await
    }

    async fn keep_draft(&self, staff: &StaffId, body: Option<&str>, at: Instant) -> Answer<()> {
        self.slowly("keep_draft", self.real.keep_draft(staff, body, at)).await
    }

    async fn draft(&self, staff: &StaffId) -> Answer<Option<String>> {
        self.slowly("draft", self.real.draft(staff)).await
    }

    async fn take_seat(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
        take_over: bool,
    ) -> Answer<Seat> {
        self.slowly("take_seat", self.real.take_seat(staff, desk_id, now, take_over)).await
    }

    async fn still_seated(&self, staff: &StaffId, desk_id: &str, now: Instant) -> Answer<bool> {
        self.slowly("still_seated", self.real.still_seated(staff, desk_id, now)).await
    }

    async fn seat_of(&self, staff: &StaffId) -> Answer<Option<String>> {
        self.slowly("seat_of", self.real.seat_of(staff)).await
    }

    async fn leave_seat(&self, staff: &StaffId, desk_id: &str) -> Answer<()> {
        self.slowly("leave_seat", self.real.leave_seat(staff, desk_id)).await
    }

    async fn changed_from(&self, seen: i64, at_most: Duration) -> Answer<i64> {
        self.real.changed_from(seen, at_most).await
    }

    async fn clock_ahead(&self) -> Answer<Option<i64>> {
        self.slowly("clock_ahead", self.real.clock_ahead()).await
    }

    async fn take_lease(
        &self,
        case_id: &CaseId,
        staff: &StaffId,
        now: Instant,
        until: Instant,
    ) -> Answer<Option<Lease>> {
        self.slowly("take_lease", self.real.take_lease(case_id, staff, now, until)).await
    }

    async fn leave_lease(&self, case_id: &CaseId, staff: &StaffId) -> Answer<()> {
        self.slowly("leave_lease", self.real.leave_lease(case_id, staff)).await
    }

    async fn queue(&self, own: Option<&StaffId>, now: Instant) -> Answer<Vec<QueueRow>> {
        self.slowly("queue", self.real.queue(own, now)).await
    }

    async fn board(&self, from: Instant, until: Instant) -> Answer<Board> {
        self.slowly("board", self.real.board(from, until)).await
    }

    async fn settled_at(
        &self,
        number: &InquiryNumber,
        from: Instant,
        until: Instant,
    ) -> Answer<Vec<MerchantId>> {
        self.slowly("settled_at", self.real.settled_at(number, from, until)).await
    }
}
