//! Everything a key can do. One table is the vocabulary of the code, the settings, the
//! footer, the help, the palette and the key table in the guides.

/// Where somebody is on the screen, as far as keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Signing in, or back in after the idle lock.
    SignIn,
    /// The call screen.
    Call,
    /// The list of what waits for a supervisor.
    Queue,
    /// One case out of that list.
    Case,
    /// The wallboard.
    Board,
    /// A question, a text to write or a page to read, over any of the above.
    Over,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 6] =
        [Self::SignIn, Self::Call, Self::Queue, Self::Case, Self::Board, Self::Over];
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its name in the settings and among the texts.
    pub id: &'static str,
    /// The keys that do it unless the settings say otherwise.
    pub keys: &'static [&'static str],
    /// Where it applies.
    pub places: &'static [Place],
    /// Whether the footer shows it, where there is room.
    pub footer: bool,
}

macro_rules! actions {
    ($($name:ident $id:literal [$($key:literal),*] in $places:ident $footer:literal,)*) => {
        /// Something a key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each has its label and its help among the texts")]
        pub enum Action {
            $($name,)*
        }

        impl Action {
            /// The table.
            pub const TABLE: &'static [Entry] = &[
                $(Entry {
                    action: Self::$name,
                    id: $id,
                    keys: &[$($key),*],
                    places: $places,
                    footer: $footer,
                },)*
            ];
        }
    };
}

const ANYWHERE: &[Place] = &Place::ALL;
const SIGNED_IN: &[Place] = &[Place::Call, Place::Queue, Place::Case, Place::Board];
/// Signed in, and whatever lies over the screen.
const AT_WORK: &[Place] = &[Place::Call, Place::Queue, Place::Case, Place::Board, Place::Over];
const CALL: &[Place] = &[Place::Call];
const QUEUE: &[Place] = &[Place::Queue];
const CASE: &[Place] = &[Place::Case];
const WRITING: &[Place] = &[Place::Call, Place::Case];
const LISTS: &[Place] = &[Place::Queue, Place::Board];
const REVIEW: &[Place] = &[Place::Queue, Place::Case];

actions! {
    NewCall "new-call" ["F2"] in CALL true,
    Restore "restore" ["F5"] in CALL true,
    HandOver "hand-over" ["F6"] in CALL true,
    Approve "approve" ["F5"] in CASE true,
    AskBack "ask-back" ["F6"] in CASE true,
    Decline "decline" ["F4"] in CASE true,
    Note "note" ["F7"] in WRITING true,
    CallBack "call-back" ["F8"] in CALL true,
    ShopCall "shop-call" ["F8"] in REVIEW true,
    LinkSale "link-sale" ["Ctrl-S"] in CASE true,
    Wait "wait" ["F10"] in CASE true,
    Reopen "reopen" ["Ctrl-O"] in CASE false,
    Keep "keep" ["Ctrl-K"] in CASE false,
    Reverse "reverse" ["Ctrl-R"] in CASE false,
    History "history" ["F3"] in WRITING true,
    ShowPhone "show-phone" ["Ctrl-B"] in WRITING false,
    Other "other" ["F4"] in CALL true,
    Answer "answer" ["Ctrl-A"] in CALL false,
    TakeOver "take-over" ["Ctrl-T"] in CALL false,
    Withdraw "withdraw" ["Ctrl-W"] in CALL false,
    NearNumber "near-number" ["Ctrl-D"] in CALL false,
    CorrectReading "reading" ["Ctrl-F"] in CALL false,
    Group "group" ["F6"] in QUEUE true,
    Filter "filter" ["F4"] in QUEUE true,
    Refresh "refresh" ["F5"] in LISTS false,
    ReleaseLookUps "release" ["F7"] in LISTS true,
    CallScreen "call-screen" ["F11", "Ctrl-Y"] in SIGNED_IN false,
    ReviewScreen "review-screen" ["F12", "Ctrl-E"] in SIGNED_IN true,
    BoardScreen "board-screen" ["F9"] in SIGNED_IN true,
    Help "help" ["F1"] in ANYWHERE true,
    Palette "palette" ["Ctrl-P"] in SIGNED_IN true,
    CopyCase "copy-case" ["Ctrl-N"] in SIGNED_IN false,
    NextField "next" ["Tab"] in ANYWHERE false,
    PreviousField "previous" ["Shift-Tab"] in ANYWHERE false,
    Up "up" ["Up"] in ANYWHERE false,
    Down "down" ["Down"] in ANYWHERE false,
    PageUp "page-up" ["PageUp"] in ANYWHERE false,
    PageDown "page-down" ["PageDown"] in ANYWHERE false,
    Accept "accept" ["Enter"] in ANYWHERE false,
    Back "back" ["Esc"] in ANYWHERE false,
    Language "language" ["Ctrl-G"] in ANYWHERE false,
    Theme "theme" ["Ctrl-V"] in ANYWHERE false,
    Mouse "mouse" ["Ctrl-X"] in SIGNED_IN false,
    Lock "lock" ["Ctrl-L"] in AT_WORK true,
    Quit "quit" ["Ctrl-Q"] in ANYWHERE true,
}

impl Action {
    /// Its line of the table.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // Every action is made from the table, so it is found.
        Self::TABLE.iter().find(|entry| entry.action == self).unwrap_or(&Self::TABLE[0])
    }

    /// The action the settings call `id`.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        Self::TABLE.iter().find(|entry| entry.id == id).map(|entry| entry.action)
    }

    /// Whether it applies at `place`.
    #[must_use]
    pub fn at(self, place: Place) -> bool {
        self.entry().places.contains(&place)
    }
}
