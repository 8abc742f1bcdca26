//! A file is given to the disk while it grows, so that nobody waits for all of it at the end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// How many bytes are written before the disk is asked to take them.
const WRITEBACK_BYTES: u64 = 1 << 22;

/// A thread that waits for the disk while others write.
pub(crate) struct Writeback<'scope> {
    ask: SyncSender<()>,
    thread: ScopedJoinHandle<'scope, io::Result<()>>,
    asked_bytes: u64,
}

impl<'scope> Writeback<'scope> {
    /// Begins with a handle of the file to be written.
    pub(crate) fn begin(scope: &'scope Scope<'scope, '_>, file: File) -> Self {
        let (ask, asked) = sync_channel(1);
        let mut asked = asked.into_iter();
        let thread = scope.spawn(move || asked.try_for_each(|()| file.sync_data()));
        Self {
            ask,
            thread,
            asked_bytes: 0,
        }
    }

    /// Says how long the file is by now.
    pub(crate) fn grown(&mut self, bytes: u64) {
        let more = bytes.saturating_sub(self.asked_bytes);
        // While the disk is busy with what came before, it is asked again with the next bytes.
        if more >= WRITEBACK_BYTES && self.ask.try_send(()).is_ok() {
            self.asked_bytes = bytes;
        }
    }

    /// Waits until the disk has what it was asked to take.
    ///
    /// # Errors
    /// The system tells of bytes that the disk did not take only once: what it told the thread is
    /// an error of the file, also where the file can be synced afterwards.
    pub(crate) fn finish(self) -> io::Result<()> {
        drop(self.ask);
        match self.thread.join() {
            Ok(taken) => taken,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_whole_after_it_was_given_to_the_disk_in_parts() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let part = vec![7u8; 1 << 20];
        std::thread::scope(|scope| {
            let mut disk = Writeback::begin(scope, file.as_file().try_clone().unwrap());
            for parts in 1..=9u64 {
                file.write_all(&part).unwrap();
                disk.grown(parts << 20);
            }
            assert!(disk.asked_bytes >= WRITEBACK_BYTES);
            disk.finish().unwrap();
        });
        assert_eq!(std::fs::read(file.path()).unwrap(), part.repeat(9));
    }

    #[test]
    fn what_the_disk_does_not_take_is_an_error() {
        // A device without a disk cannot be synced.
        let file = File::options().write(true).open("/dev/full").unwrap();
        std::thread::scope(|scope| {
            let mut disk = Writeback::begin(scope, file);
            disk.grown(WRITEBACK_BYTES - 1);
            assert_eq!(disk.asked_bytes, 0);
            disk.grown(WRITEBACK_BYTES);
            disk.finish().unwrap_err();
        });
    }
}
