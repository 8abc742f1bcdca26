//! Encoded blocks on their way to the writer, in their order.

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use parquet::errors::ParquetError;

use crate::merkle::TreeBuilder;
use crate::sweep::block::EncodedBlock;

/// Puts encoded blocks into their order, joins their leaves and sends them to the writer.
pub(crate) struct Outbox {
    state: Mutex<OutboxState>,
}

struct OutboxState {
    next: usize,
    waiting: BTreeMap<usize, EncodedBlock>,
    tree: TreeBuilder,
    sender: SyncSender<EncodedBlock>,
    failed: Option<ParquetError>,
    is_closed: bool,
}

impl Outbox {
    pub(crate) fn new(sender: SyncSender<EncodedBlock>) -> Self {
        Self {
            state: Mutex::new(OutboxState {
                next: 0,
                waiting: BTreeMap::new(),
                tree: TreeBuilder::default(),
                sender,
                failed: None,
                is_closed: false,
            }),
        }
    }

    /// Takes a block; waits while the writer has enough to do.
    pub(crate) fn put(&self, encoded: Result<EncodedBlock, ParquetError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match encoded {
            Ok(block) => {
                state.waiting.insert(block.number, block);
            }
            Err(error) => {
                state.is_closed = true;
                state.failed.get_or_insert(error);
            }
        }
        loop {
            let next = state.next;
            let Some(block) = state.waiting.remove(&next) else {
                return;
            };
            state.next = next.saturating_add(1);
            // Each block begins where the one before it ends.
            let joined = state.tree.join(&block.segment).is_ok();
            let sent = block.rows == 0 || state.sender.send(block).is_ok();
            if !joined || !sent {
                // The writer is gone: it says why.
                state.is_closed = true;
                return;
            }
        }
    }

    /// Lets nothing more be written.
    pub(crate) fn close(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed = true;
    }

    /// Whether nothing more can be written.
    pub(crate) fn is_closed(&self) -> bool {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_closed
    }

    /// The tree over all blocks; the writer learns that there are no more.
    pub(crate) fn finish(self) -> Result<TreeBuilder, ParquetError> {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(state.tree),
        }
    }
}
