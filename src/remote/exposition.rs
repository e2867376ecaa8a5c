//! From what the metrics library writes (OpenMetrics) to the text format that every reader of
//! metrics understands (Prometheus' own, 0.0.4), in which a counter is described under the name
//! that it is written with, and there are no units and no end mark.

use std::fmt::Write as _;

/// The content type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// OpenMetrics as the text format.
pub fn classic(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // The help stands before the type, which says how the name goes on.
    let mut help = None;
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ');
        } else if let Some((name, kind)) =
            line.strip_prefix("# TYPE ").and_then(|typed| typed.split_once(' '))
        {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                other => ("", other),
            };
            if let Some((_, help)) = help.take() {
                let _ = writeln!(out, "# HELP {name}{suffix} {help}");
            }
            let _ = writeln!(out, "# TYPE {name}{suffix} {kind}");
        } else if !line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Adds the memory of this process, under the name that every program uses for it. Where the
/// system does not say, nothing.
pub fn add_memory(text: &mut String) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(bytes) = resident_bytes(&status) {
        let name = "process_resident_memory_bytes";
        let _ = writeln!(text, "# HELP {name} Memory in use by the process.");
        let _ = writeln!(text, "# TYPE {name} gauge\n{name} {bytes}");
    }
}

/// Of Linux' `/proc/self/status`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_described_under_the_name_it_is_written_with() {
        let open = "# HELP m_frame_bytes Size.\n# TYPE m_frame_bytes counter\n\
                    # UNIT m_frame_bytes bytes\nm_frame_bytes_total 5\n\
                    # HELP m_build B.\n# TYPE m_build info\nm_build_info{version=\"1\"} 1\n\
                    # HELP m_up U.\n# TYPE m_up gauge\nm_up 1\n# EOF\n";
        let classic = "# HELP m_frame_bytes_total Size.\n# TYPE m_frame_bytes_total counter\n\
                       m_frame_bytes_total 5\n\
                       # HELP m_build_info B.\n# TYPE m_build_info gauge\n\
                       m_build_info{version=\"1\"} 1\n\
                       # HELP m_up U.\n# TYPE m_up gauge\nm_up 1\n";
        assert_eq!(super::classic(open), classic);
    }

    #[test]
    fn the_memory_is_what_linux_says() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }
}
