//! Counting lines, whether they end with LF, CRLF or (old spreadsheets) CR alone.

/// The line that the next byte stands on. A person looks for a bad row by this number in an
/// editor, so line breaks inside quotes and blank lines count too.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineCounter {
    line: u64,
    after_cr: bool,
}

impl LineCounter {
    /// At the beginning of a file, which is line 1.
    pub(super) const fn new() -> Self {
        Self { line: 1, after_cr: false }
    }

    /// The line reached.
    pub(super) const fn line(self) -> u64 {
        self.line
    }

    /// Goes past one line and its end.
    pub(super) const fn pass_line(&mut self) {
        self.line += 1;
        self.after_cr = false;
    }

    /// Goes past `bytes`. Counted in whole passes and not byte by byte: that is what the
    /// compiler turns into many bytes at once.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        let Some((&first, &last)) = bytes.first().zip(bytes.last()) else {
            return;
        };
        let mut breaks = count(bytes, b'\n');
        let returns = count(bytes, b'\r');
        if returns > 0 {
            let pairs =
                bytes.iter().zip(&bytes[1..]).filter(|&(&a, &b)| a == b'\r' && b == b'\n').count();
            breaks += returns - pairs;
        }
        if self.after_cr && first == b'\n' {
            breaks -= 1;
        }
        self.line += breaks as u64;
        self.after_cr = last == b'\r';
    }
}

#[allow(clippy::naive_bytecount)] // Not worth a dependency.
fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|&&byte| byte == wanted).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once_wherever_the_bytes_are_cut() {
        let text = b"a\r\n\r\nb\rc\n\n\r\r\nd";
        for cut in 0..=text.len() {
            let mut lines = LineCounter::new();
            lines.pass(&text[..cut]);
            lines.pass(&text[cut..]);
            assert_eq!(lines.line(), 8, "cut at {cut}");
        }
    }
}
