//! How glibc's allocator behaves while hundreds of desks come and go in one process.

/// What glibc reads when a program begins, and never later: from which size on a piece of
/// memory is asked of the system, and goes back to it when it is free.
const SETTING: &str = "MALLOC_MMAP_THRESHOLD_";
/// 128 KiB, where glibc begins by itself. But it moves up with every larger piece that is freed,
/// and a password takes 12 MiB: from then on the frames of the desks lie between such holes, and
/// a floor takes twice the memory that it needs.
const BYTES: &str = "131072";

/// Begins the program anew, as the same process, unless its allocator has been told.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn told() {
    use std::os::unix::process::CommandExt as _;

    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let mut asked = std::env::args_os();
    let (Some(name), Ok(program)) = (asked.next(), std::env::current_exe()) else { return };
    // It comes back only where it could not be done; the desks take more memory then.
    let error =
        std::process::Command::new(program).arg0(name).args(asked).env(SETTING, BYTES).exec();
    tracing::warn!(%error, "the allocator could not be told how to save memory");
}

/// Other allocators have no such habit.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn told() {
    let _ = (SETTING, BYTES);
}
