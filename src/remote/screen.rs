//! The screen of a desk whose terminal is at the other end of a line.

use std::io::{self, Write as _};

use base64::Engine as _;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::line::{Line, Page};
use crate::desk::session::Screen;
use crate::desk::state::State;
use crate::desk::view;

/// A screen at the other end of a line.
pub(super) struct RemoteScreen {
    line: Line,
    terminal: Terminal<CrosstermBackend<Page>>,
    /// Whether the terminal may have another size, or have lost what stood on it.
    stale: bool,
}

impl RemoteScreen {
    /// Takes the terminal.
    pub(super) fn take(line: &Line, mouse: bool) -> io::Result<Self> {
        let mut page = Page(line.clone());
        queue!(page, EnterAlternateScreen, EnableBracketedPaste)?;
        if mouse {
            queue!(page, EnableMouseCapture)?;
        }
        Ok(Self { line: line.clone(), terminal: terminal(line)?, stale: false })
    }

    /// Gives the terminal back, and leaves some lines on it.
    pub(super) fn give_back(self, words: &[String]) -> io::Result<()> {
        let Self { line, terminal, .. } = self;
        drop(terminal);
        let mut page = Page(line.clone());
        queue!(
            page,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            crossterm::cursor::Show
        )?;
        for words in words {
            write!(page, "{words}\r\n")?;
        }
        line.send();
        Ok(())
    }
}

/// A terminal of the size that the client's has now, of which nothing is known. The viewport
/// is fixed: else the library would ask the terminal of this process, which has nothing to do
/// with it, how large it is.
fn terminal(line: &Line) -> io::Result<Terminal<CrosstermBackend<Page>>> {
    let size = line.size();
    let mut page = Page(line.clone());
    queue!(page, Clear(ClearType::All))?;
    let viewport = Viewport::Fixed(Rect::new(0, 0, size.columns, size.rows));
    Terminal::with_options(CrosstermBackend::new(page), TerminalOptions { viewport })
}

impl Screen for RemoteScreen {
    fn is_free(&self) -> bool {
        self.line.is_free()
    }

    async fn freed(&mut self) -> io::Result<()> {
        self.line.freed().await;
        Ok(())
    }

    fn draw(&mut self, state: &State) -> io::Result<usize> {
        let mut page = Page(self.line.clone());
        queue!(page, BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.stale) {
            self.terminal = terminal(&self.line)?;
        }
        self.terminal.draw(|frame| view::draw(frame, state))?;
        queue!(page, EndSynchronizedUpdate)?;
        let bytes = self.line.add(&[]);
        self.line.send();
        Ok(bytes)
    }

    fn resized(&mut self) -> io::Result<()> {
        // Nothing is written before the next frame: while a client does not read, nothing adds up.
        self.stale = true;
        Ok(())
    }

    /// By OSC 52, which the client's own terminal takes. Where too much waits already, the
    /// text is not copied: a client that does not read has no clipboard either.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        self.small(&format!("\x1b]52;c;{encoded}\x07"))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        let mut told = String::new();
        let taken = |_| io::Error::other("a text takes what is written");
        if on {
            crossterm::Command::write_ansi(&EnableMouseCapture, &mut told).map_err(taken)?;
        } else {
            crossterm::Command::write_ansi(&DisableMouseCapture, &mut told).map_err(taken)?;
        }
        self.small(&told)
    }
}

impl RemoteScreen {
    /// Something that goes out beside the frames.
    fn small(&self, told: &str) -> io::Result<()> {
        if self.line.has_room(told.len()) {
            self.line.add(told.as_bytes());
            self.line.send();
        }
        Ok(())
    }
}
