//! Carries the desk's effects out on the office, beside the screen. A read is replaced by
//! the newest of its kind; a write is never dropped nor cut off.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::meter::{Meter, Work};
use super::msg::{Answer, Answered, Effect, Failed, Msg, SignedIn};
use crate::domain::evidence::EvidenceHash;
use crate::domain::staff::StaffId;
use crate::office::cases::Shown;
use crate::office::command::Act;
use crate::office::history::HistoryLine;
use crate::office::{Actor, Office, OfficeError};
use crate::store::StoreError;
use crate::store::desks::Seat;
use crate::texts::Lang;

/// How many shops a list shows at most.
const SHOPS: usize = 12;
/// How long typing may go on before it is kept.
const DRAFT_PAUSE: Duration = Duration::from_millis(300);
/// Reads that replace each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Number,
    Likely,
    Shops,
    Near,
    Try,
    Show,
    History,
    Queue,
    Board,
    Lease,
    Seated,
    SeatLost,
}

impl Kind {
    const fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::HearNumber(..) => Self::Number,
            Effect::Likely(..) => Self::Likely,
            Effect::FindShops(..) => Self::Shops,
            Effect::Near(..) => Self::Near,
            Effect::Try(..) | Effect::Retry(..) => Self::Try,
            Effect::Show(..) | Effect::Reread(..) => Self::Show,
            Effect::History(..) | Effect::Reveal(..) => Self::History,
            Effect::Queue(_) => Self::Queue,
            Effect::Board(_) => Self::Board,
            Effect::Lease(..) => Self::Lease,
            Effect::StillSeated(_) => Self::Seated,
            Effect::SeatLost(_) => Self::SeatLost,
            _ => return None,
        })
    }
}

/// What every task works with.
#[derive(Clone)]
struct Hands {
    office: Arc<Office>,
    desk_id: Arc<str>,
    messages: mpsc::Sender<Msg>,
    drafts: Drafts,
    /// Held while drafts are written: an older one must never come after a newer.
    keeping: Arc<tokio::sync::Mutex<()>>,
    lang: Lang,
    meter: Arc<dyn Meter>,
}

impl Work {
    const fn of_read(effect: &Effect) -> Self {
        match effect {
            Effect::HearNumber(..) => Self::LookUp,
            _ => Self::OtherRead,
        }
    }

    const fn of_write(effect: &Effect) -> Self {
        match effect {
            Effect::Act(_, _, Act::Restore | Act::Approve(_), _) => Self::Restore,
            _ => Self::OtherWrite,
        }
    }
}

/// Carries effects out.
pub struct Runner {
    hands: Hands,
    actor: Option<Actor>,
    kinds: HashMap<Kind, watch::Sender<Option<(Actor, Effect)>>>,
    draft_typed: watch::Sender<()>,
    draft_task: Option<JoinHandle<()>>,
    writes: Vec<JoinHandle<()>>,
}

impl Runner {
    /// A runner over `office`; answers go to `messages`.
    #[must_use]
    pub fn new(
        office: Arc<Office>,
        desk_id: String,
        messages: mpsc::Sender<Msg>,
        lang: Lang,
        meter: Arc<dyn Meter>,
    ) -> Self {
        let hands = Hands {
            office,
            desk_id: desk_id.into(),
            messages,
            drafts: Drafts::default(),
            keeping: Arc::default(),
            lang,
            meter,
        };
        let (draft_typed, typed) = watch::channel(());
        let keeping = keep_drafts(hands.clone(), typed);
        let draft_task = tokio::spawn(keeping);
        Self {
            hands,
            actor: None,
            kinds: HashMap::new(),
            draft_typed,
            draft_task: Some(draft_task),
            writes: Vec::new(),
        }
    }

    /// Who has signed in; effects are carried out in their name.
    pub fn sign_in(&mut self, actor: Option<Actor>) {
        if let Some(actor) = &actor {
            // The index of the shops is made while the first number is typed.
            let (hands, actor) = (self.hands.clone(), actor.clone());
            tokio::spawn(async move {
                let _ = hands.office.shops(&actor).await;
            });
        }
        self.actor = actor;
    }

    /// Begins an effect and returns at once.
    pub fn run(&mut self, effect: Effect) {
        let effect = match effect {
            Effect::SignIn(request, staff_id, password, take_over) => {
                let hands = self.hands.clone();
                tokio::spawn(async move {
                    let signed_in = hands.sign_in(&staff_id, &password, take_over).await;
                    hands.answer(request, Answer::SignedIn(signed_in)).await;
                });
                return;
            }
            Effect::Enter(request, actor, take_over) => {
                let hands = self.hands.clone();
                tokio::spawn(async move {
                    let signed_in = hands.sit_down(actor, take_over).await;
                    hands.answer(request, Answer::SignedIn(signed_in)).await;
                });
                return;
            }
            effect => effect,
        };
        let Some(actor) = self.actor.clone() else { return };
        if let Effect::KeepDraft(draft) = effect {
            if let Ok(mut drafts) = self.hands.drafts.lock() {
                drafts.insert(actor.staff_id.clone(), (actor, draft));
            }
            self.draft_typed.send_replace(());
            return;
        }
        if let Some(kind) = Kind::of(&effect) {
            let hands = &self.hands;
            let slot = self.kinds.entry(kind).or_insert_with(|| {
                let (slot, newest) = watch::channel(None);
                tokio::spawn(read_newest(hands.clone(), newest));
                slot
            });
            slot.send_replace(Some((actor, effect)));
            return;
        }
        let hands = self.hands.clone();
        self.writes.retain(|write| !write.is_finished());
        self.writes.push(tokio::spawn(async move {
            hands.metered(Work::of_write(&effect), hands.write(&actor, effect)).await;
        }));
    }

    /// Waits until everything that was begun is written, as long as that may take.
    pub async fn finish(mut self, patience: Duration) {
        self.kinds.clear();
        let (closed, _) = watch::channel(());
        drop(std::mem::replace(&mut self.draft_typed, closed));
        let draft = self.draft_task.take();
        let all = async {
            if let Some(draft) = draft {
                let _ = draft.await;
            }
            for write in self.writes.drain(..) {
                let _ = write.await;
            }
        };
        let _ = tokio::time::timeout(patience, all).await;
    }
}

/// What each person has typed last and is not kept yet.
type Drafts = Arc<Mutex<HashMap<StaffId, (Actor, Option<String>)>>>;

/// Keeps what was typed, after a pause; the last is kept in any case.
async fn keep_drafts(hands: Hands, mut typed: watch::Receiver<()>) {
    loop {
        let open = typed.changed().await.is_ok();
        if open {
            tokio::time::sleep(DRAFT_PAUSE).await;
        }
        typed.borrow_and_update();
        if let Err(error) = hands.keep_drafts().await {
            tracing::warn!(%error, "a draft could not be kept");
        }
        if !open {
            return;
        }
    }
}

/// Reads the newest of what is asked for; what was overtaken meanwhile is never read.
async fn read_newest(hands: Hands, mut newest: watch::Receiver<Option<(Actor, Effect)>>) {
    while newest.changed().await.is_ok() {
        let asked = newest.borrow_and_update().clone();
        if let Some((actor, effect)) = asked {
            let work = Work::of_read(&effect);
            hands.metered(work, hands.read(&actor, effect)).await;
        }
    }
}

fn answered<T>(result: Result<T, OfficeError>) -> Answered<T> {
    result.map_err(|error| match error {
        OfficeError::Refused(refused) => Failed::Refused(refused),
        OfficeError::Store(StoreError::OutcomeUnknown(_)) => Failed::Unknown,
        OfficeError::Store(error) if error.may_pass() => Failed::Unreachable(error.to_refusal()),
        OfficeError::Store(error) => Failed::Refused(error.to_refusal()),
    })
}

impl Hands {
    /// Keeps what has been typed and is not kept yet. What could not be kept is tried again
    /// the next time, unless something newer was typed.
    async fn keep_drafts(&self) -> Result<(), OfficeError> {
        let _keeping = self.keeping.lock().await;
        let newest = self.drafts.lock().map(|mut drafts| std::mem::take(&mut *drafts));
        let mut wrong = Ok(());
        for (staff_id, (actor, draft)) in newest.unwrap_or_default() {
            if let Err(error) = self.office.keep_draft(&actor, draft.as_deref()).await {
                if let Ok(mut drafts) = self.drafts.lock() {
                    drafts.entry(staff_id).or_insert((actor, draft));
                }
                wrong = Err(error);
            }
        }
        wrong
    }

    async fn answer(&self, request: u64, answer: Answer) {
        // A desk that is gone needs no answer.
        let _ = self.messages.send(Msg::Answer(request, answer)).await;
    }

    async fn sign_in(
        &self,
        staff_id: &StaffId,
        password: &crate::domain::private::Private,
        take_over: bool,
    ) -> Answered<SignedIn> {
        let actor = answered(self.office.sign_in(staff_id, password).await)?;
        self.sit_down(actor, take_over).await
    }

    async fn sit_down(&self, actor: Actor, take_over: bool) -> Answered<SignedIn> {
        let seat = answered(self.office.seat(&actor, &self.desk_id, take_over).await)?;
        let elsewhere = match seat {
            Seat::Yours => None,
            Seat::Taken { since, .. } => Some(since),
        };
        let draft = match elsewhere {
            None => answered(self.office.draft(&actor).await)?,
            Some(_) => None,
        };
        Ok(SignedIn { actor, elsewhere, draft })
    }

    /// Carries out what `work` is, and answers; it is counted on the way.
    async fn metered(&self, work: Work, asked: impl Future<Output = Option<(u64, Answer)>>) {
        self.meter.began(work);
        let begun = Instant::now();
        let answer = asked.await;
        let done = answer.as_ref().is_none_or(|(_, answer)| answer.is_done());
        self.meter.ended(work, begun.elapsed(), done);
        if let Some((request, answer)) = answer {
            self.answer(request, answer).await;
        }
    }

    async fn read(&self, actor: &Actor, effect: Effect) -> Option<(u64, Answer)> {
        let office = &self.office;
        Some(match effect {
            Effect::HearNumber(request, number) => {
                let heard = answered(office.hear_number(actor, &number).await);
                (request, Answer::Number(number, heard))
            }
            Effect::Likely(request, number, expiry, prefecture) => {
                let likely = office.likely_shops(actor, &number, expiry, prefecture).await;
                (request, Answer::Likely(likely.unwrap_or_default()))
            }
            Effect::FindShops(request, text, prefecture, likely) => {
                let found = match office.shops(actor).await {
                    Ok(shops) => tokio::task::spawn_blocking(move || {
                        shops.find_boosted(&text, prefecture, &likely, SHOPS)
                    })
                    .await
                    .map_err(|error| StoreError::Unreachable(error.to_string()).into()),
                    Err(error) => Err(error),
                };
                (request, Answer::Shops(answered(found)))
            }
            Effect::Near(request, open) => {
                (request, Answer::Near(answered(office.near(actor, &open).await)))
            }
            Effect::Try(request, open) => {
                let tried = office.try_case(actor, open).await;
                (request, Answer::Tried(answered(tried.map(Box::new))))
            }
            Effect::Retry(request, open) => {
                let tried = office.retry_case(actor, open).await;
                (request, Answer::Tried(answered(tried.map(Box::new))))
            }
            Effect::Reread(request, case_id) => {
                let shown = office.reread_case(actor, &case_id).await;
                (request, Answer::Shown(answered(shown.map(Box::new))))
            }
            Effect::Show(request, case_id) => {
                let shown = office.show_case(actor, &case_id).await;
                (request, Answer::Shown(answered(shown.map(Box::new))))
            }
            Effect::History(request, case_id) => {
                let lines = office.history_lines(actor, &case_id).await;
                let lines = lines.map(|lines| lines.iter().map(|line| self.line(line)).collect());
                (request, Answer::History(answered(lines)))
            }
            Effect::Reveal(request, case_id) => {
                let phone = office.call_back_number(actor, &case_id).await;
                (request, Answer::Phone(answered(phone)))
            }
            Effect::Queue(request) => (request, Answer::Queue(answered(office.queue(actor).await))),
            Effect::Board(request) => (request, Answer::Board(answered(self.board(actor).await))),
            Effect::Lease(request, case_id) => {
                let other = office.lease(actor, &case_id).await.ok().flatten();
                let other = other.map(|lease| lease.staff_id.to_string());
                (request, Answer::Lease(case_id, other))
            }
            Effect::StillSeated(request) => {
                match office.still_seated(actor, &self.desk_id).await {
                    Ok(seated) => (request, Answer::Seated(seated)),
                    // Whoever cannot ask has not lost the seat.
                    Err(_) => return None,
                }
            }
            Effect::SeatLost(request) => match office.seat_lost(actor, &self.desk_id).await {
                Ok(lost) => (request, Answer::Seated(!lost)),
                Err(_) => return None,
            },
            _ => return None,
        })
    }

    async fn board(
        &self,
        actor: &Actor,
    ) -> Result<(Box<crate::store::desks::Board>, Vec<String>), OfficeError> {
        let board = self.office.board(actor).await?;
        let locked = self.office.locked_staff(actor).await?;
        Ok((Box::new(board), locked.iter().map(|member| member.staff_id.to_string()).collect()))
    }

    fn line(&self, line: &HistoryLine) -> String {
        let at = line.at.to_string();
        let at = at.get(5..19).unwrap_or(&at).replace('T', " ").replace('-', "/");
        let what = crate::texts::word(&format!("did.{}", line.action), self.lang);
        let what = if what.is_empty() { line.action.as_str() } else { what };
        let text = line.text.as_deref().unwrap_or_default();
        crate::domain::text::for_terminal(&format!("{at}  {}  {what}  {text}", line.staff))
    }

    /// A command is sent once its id is kept, and not before: whoever is killed in between
    /// can ask for it again (specification, section 6).
    async fn write(&self, actor: &Actor, effect: Effect) -> Option<(u64, Answer)> {
        let office = &self.office;
        Some(match effect {
            Effect::Open(request, open) => {
                let opened = match self.keep_drafts().await {
                    Ok(()) => office.open_case(actor, open).await,
                    Err(error) => Err(error),
                };
                (request, Answer::Case(answered(opened.map(Box::new))))
            }
            Effect::Act(request, case_id, act, sent) => {
                let shown = Shown {
                    command_id: Some(sent.command_id),
                    version: sent.version,
                    evidence: sent.evidence.as_deref().map(EvidenceHash::from_hex),
                };
                let done = match self.keep_drafts().await {
                    Ok(()) => office.on_case(actor, &case_id, act, shown).await,
                    Err(error) => Err(error),
                };
                (request, Answer::Case(answered(done.map(Box::new))))
            }
            Effect::ActOnAll(request, cases, act) => {
                let of = cases.len();
                let (mut done, mut refused) = (0, None);
                for (case_id, command_id) in cases {
                    let shown = Shown { command_id: Some(command_id), ..Shown::default() };
                    match office.on_case(actor, &case_id, act.clone(), shown).await {
                        Ok(_) => done += 1,
                        Err(error) => refused = Some(error.to_refusal()),
                    }
                }
                (request, Answer::Many(done, of, refused))
            }
            Effect::CorrectReading(request, merchant_id, kana) => {
                let kept = office.correct_reading(actor, &merchant_id, &kana).await;
                if kept.is_ok() {
                    let _ = office.refresh_shops().await;
                }
                (request, Answer::Reading(answered(kept.map(|_| ()))))
            }
            Effect::Release(request, staff_id) => {
                let released = office.release(actor, &staff_id).await;
                (request, Answer::Done(answered(released)))
            }
            Effect::Unlease(case_id) => {
                let _ = office.unlease(actor, &case_id).await;
                return None;
            }
            Effect::StandUp => {
                let _ = office.stand_up(actor, &self.desk_id).await;
                return None;
            }
            _ => return None,
        })
    }
}
