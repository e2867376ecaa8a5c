//! A screen as an SVG, for the README and the guides.

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::state::State;
use super::view;
use super::view::text::line_width;

/// A column's width and a row's height, in pixels.
const COLUMN: usize = 9;
const ROW: usize = 20;
/// The space around the screen, in pixels.
const MARGIN: usize = 10;

/// What one run of letters looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let reversed = cell.modifier.contains(Modifier::REVERSED);
        let (fg, bg) = if reversed { (cell.bg, cell.fg) } else { (cell.fg, cell.bg) };
        let fg = if reversed && fg == Color::Reset { Color::Black } else { fg };
        let bg = if reversed && bg == Color::Reset { Color::White } else { bg };
        Self { fg, bg, modifier: cell.modifier }
    }
}

fn hex(colour: Color, otherwise: &'static str) -> &'static str {
    match colour {
        Color::Black => "#16181d",
        Color::Red | Color::LightRed => "#ff7b72",
        Color::Green | Color::LightGreen => "#7ee787",
        Color::Yellow | Color::LightYellow => "#f2cc60",
        Color::Blue => "#79c0ff",
        Color::Magenta => "#d2a8ff",
        Color::Cyan => "#76e3ea",
        Color::DarkGray => "#8b949e",
        Color::White => "#e6edf3",
        _ => otherwise,
    }
}

/// Draws the state as it stands on a screen of this size.
///
/// # Errors
/// None in practice: nothing is written to a device.
pub fn svg(state: &State, width: u16, height: u16) -> Result<String, std::convert::Infallible> {
    let mut terminal = Terminal::new(TestBackend::new(width, height))?;
    terminal.draw(|frame| view::draw(frame, state))?;
    Ok(of_buffer(terminal.backend().buffer()))
}

fn of_buffer(buffer: &Buffer) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (columns * COLUMN + 2 * MARGIN, rows * ROW + 2 * MARGIN);
    let mut svg = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"'Noto Sans Mono CJK JP', 'Sarasa Mono J', \
         monospace\" font-size=\"15\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" \
         fill=\"#16181d\"/>"
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            x = run(buffer, x, y, &mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Writes the run of equal looks that begins here; says where the next one begins.
fn run(buffer: &Buffer, from: u16, y: u16, svg: &mut String) -> u16 {
    let look = Look::of(&buffer[(from, y)]);
    let mut text = String::new();
    let mut x = from;
    while x < buffer.area.width && Look::of(&buffer[(x, y)]) == look {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        x = x.saturating_add(u16::try_from(line_width(symbol).max(1)).unwrap_or(1));
    }
    let left = MARGIN + usize::from(from) * COLUMN;
    let top = MARGIN + usize::from(y) * ROW;
    let wide = usize::from(x - from) * COLUMN;
    if look.bg != Color::Reset {
        let fill = hex(look.bg, "#16181d");
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{ROW}\" fill=\"{fill}\"/>"
        );
    }
    if !text.trim().is_empty() {
        let bold = look.modifier.contains(Modifier::BOLD);
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let line = look.modifier.contains(Modifier::UNDERLINED);
        let line = if line { " text-decoration=\"underline\"" } else { "" };
        let fill = hex(look.fg, "#e6edf3");
        let baseline = top + ROW - 5;
        let _ = writeln!(
            svg,
            "<text x=\"{left}\" y=\"{baseline}\" textLength=\"{wide}\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{fill}\"{weight}{line}>\
             {}</text>",
            escaped(&text)
        );
    }
    x
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
