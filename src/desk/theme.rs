//! How things look, by what they mean. Colour never says alone what something is: marks,
//! words and modifiers do, so that every theme, and none at all, can be read.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
    /// As much contrast as there is.
    HighContrast,
    /// No colour at all: what `NO_COLOR` asks for.
    Mono,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something to read.
    Text,
    /// Something less important.
    Dim,
    /// A label.
    Label,
    /// A title or a heading.
    Title,
    /// The bar at the top.
    Bar,
    /// The line with the cursor.
    Focus,
    /// The chosen one of a list.
    Selected,
    /// It agrees, it was done.
    Good,
    /// Somebody must look.
    Warn,
    /// It differs, it went wrong.
    Bad,
    /// An amount that changes.
    Money,
    /// What is read to the caller.
    Say,
    /// A key.
    Key,
    /// A part that fits what was typed.
    Found,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::Mono];

    /// Its name in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }

    /// The theme the settings call so.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }

    /// The next one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::HighContrast,
            Self::HighContrast => Self::Mono,
            Self::Mono => Self::Dark,
        }
    }

    /// How a piece of text looks.
    #[must_use]
    pub const fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let shaped = match role {
            Role::Title | Role::Money | Role::Say | Role::Bad | Role::Warn | Role::Good => {
                plain.add_modifier(Modifier::BOLD)
            }
            Role::Focus | Role::Found => plain.add_modifier(Modifier::UNDERLINED),
            Role::Selected | Role::Bar | Role::Key => plain.add_modifier(Modifier::REVERSED),
            Role::Text | Role::Dim | Role::Label => plain,
        };
        let colour = match self {
            Self::Mono => return shaped,
            Self::Dark => match role {
                Role::Dim => Color::DarkGray,
                Role::Label | Role::Bar | Role::Key => Color::Cyan,
                Role::Good => Color::Green,
                Role::Warn => Color::Yellow,
                Role::Bad => Color::LightRed,
                Role::Money => Color::LightYellow,
                _ => return shaped,
            },
            Self::Light => match role {
                Role::Dim => Color::DarkGray,
                Role::Label | Role::Bar | Role::Key => Color::Blue,
                Role::Good => Color::Green,
                Role::Warn => Color::Magenta,
                Role::Bad => Color::Red,
                Role::Money => Color::Blue,
                _ => return shaped,
            },
            Self::HighContrast => match role {
                Role::Warn | Role::Money => Color::LightYellow,
                Role::Bad => Color::LightRed,
                Role::Good => Color::LightGreen,
                _ => return shaped.fg(Color::White).bg(Color::Black),
            },
        };
        shaped.fg(colour)
    }
}

/// The marks and lines, which some terminals draw two columns wide.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// It agrees.
    pub agrees: &'static str,
    /// It may be one of several.
    pub near: &'static str,
    /// It differs.
    pub differs: &'static str,
    /// Not yet known.
    pub open: &'static str,
    /// From what to what.
    pub to: &'static str,
    /// Put back.
    pub back: &'static str,
    /// Less.
    pub minus: &'static str,
    /// Belongs together.
    pub joined: &'static str,
    /// The one that Enter takes.
    pub here: &'static str,
    /// A bar of a chart.
    pub bar: &'static str,
    /// The frames' lines.
    pub frame: border::Set<'static>,
}

impl Marks {
    /// The marks of a terminal that draws ambiguous characters `wide`, or does not.
    #[must_use]
    pub const fn of(wide: bool) -> &'static Self {
        if wide { &Self::ASCII } else { &Self::NARROW }
    }

    const ASCII: Self = Self {
        agrees: "OK",
        near: "~",
        differs: "NG",
        open: "..",
        to: "->",
        back: "<-",
        minus: "-",
        joined: "----",
        here: ">",
        bar: "#",
        frame: ASCII,
    };

    const NARROW: Self = Self {
        agrees: "✓",
        near: "≈",
        differs: "✗",
        open: "…",
        to: "→",
        back: "←",
        minus: "−",
        joined: "────",
        here: "›",
        bar: "█",
        frame: border::PLAIN,
    };
}

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
