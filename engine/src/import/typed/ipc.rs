//! Batches of Arrow IPC files and streams.
//!
//! The messages are taken from the file here and not by Arrow's own reader, which reserves as
//! much memory as a message promises. A file is read as the stream that it holds, and its footer
//! must name the same batches: so there is one reading of it. A stream without its end mark may
//! have been cut between two batches, and is refused.

use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::{
    Endianness, Message, MessageHeader, MetadataVersion, RecordBatch as BatchHeader,
    root_as_footer, root_as_message,
};

use crate::import::limits::{BATCH_BYTES_MAX, FOOTER_BYTES_MAX, MESSAGE_BYTES_MAX};
use crate::import::typed::Batches;
use crate::import::typed::guard::{damaged, guarded, unsupported};
use crate::import::{FileFormat, ImportError};

/// What begins and ends an Arrow file.
const MAGIC: &[u8; 6] = b"ARROW1";

/// The magic and two bytes that fill up to eight.
const MAGIC_BYTES: u64 = 8;

/// What begins each message.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// The most bytes that fill up before the stream and between its end and the footer: writers
/// align to at most as many.
const PADDING_MAX: u64 = 64;

/// The batches of an Arrow IPC file or stream.
pub(crate) struct IpcBatches<R> {
    format: FileFormat,
    reader: BufReader<R>,
    position: u64,
    length: u64,
    decoder: StreamDecoder,
    schema: SchemaRef,
    ready: VecDeque<RecordBatch>,
    /// Where the messages with batches begin.
    places: Vec<i64>,
    ended: bool,
    used: Vec<usize>,
}

/// A message as it stands in the file.
struct Framed {
    header: [u8; 8],
    metadata: Buffer,
}

impl<R: Read> IpcBatches<R> {
    /// Reads the schema. The reader stands at the beginning of a file of this length.
    pub(crate) fn open(reader: R, length: u64, format: FileFormat) -> Result<Self, ImportError> {
        let mut batches = Self {
            format,
            reader: BufReader::with_capacity(1 << 16, reader),
            position: 0,
            length,
            decoder: StreamDecoder::new(),
            schema: Arc::new(arrow::datatypes::Schema::empty()),
            ready: VecDeque::new(),
            places: Vec::new(),
            ended: false,
            used: Vec::new(),
        };
        if format == FileFormat::ArrowFile {
            batches.bytes(MAGIC_BYTES)?;
        }
        let Some(framed) = batches.framed()? else {
            return Err(damaged(format, "没有列的说明"));
        };
        let schema = guarded(format, || {
            let message = message(&framed.metadata, format)?;
            let schema = message.header_as_schema();
            let schema = schema.ok_or_else(|| damaged(format, "开头不是列的说明"))?;
            if schema.endianness() != Endianness::Little {
                return Err(unsupported(format, "数字是大端字节序,请用小端重新导出"));
            }
            if message.bodyLength() != 0 {
                return Err(damaged(format, "列的说明带有数据"));
            }
            Ok(arrow::ipc::convert::fb_to_schema(schema))
        })?;
        batches.schema = Arc::new(schema);
        batches.feed(framed, None)?;
        Ok(batches)
    }

    /// The next bytes of the file, all of them or an error.
    fn bytes(&mut self, count: u64) -> Result<Buffer, ImportError> {
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        if count > left {
            return Err(damaged(self.format, "文件在中途结束"));
        }
        let mut bytes = MutableBuffer::from_len_zeroed(wanted);
        self.reader
            .read_exact(bytes.as_slice_mut())
            .map_err(|error| damaged(self.format, &error.to_string()))?;
        self.position = self.position.saturating_add(count);
        Ok(bytes.into())
    }

    fn four(&mut self) -> Result<[u8; 4], ImportError> {
        let bytes = self.bytes(4)?;
        <[u8; 4]>::try_from(bytes.as_slice()).map_err(|_| damaged(self.format, "文件在中途结束"))
    }

    /// The next message without its body; `None` at the end mark.
    fn framed(&mut self) -> Result<Option<Framed>, ImportError> {
        if self.position == self.length {
            return Err(damaged(self.format, "没有结束标记,可能缺后面的数据"));
        }
        let mut mark = self.four()?;
        // Some writers fill up with zeros after the magic.
        while mark == [0; 4] && self.format == FileFormat::ArrowFile && self.position <= PADDING_MAX
        {
            mark = self.four()?;
        }
        if mark != CONTINUATION {
            return Err(damaged(self.format, "消息的开头不对"));
        }
        let size = self.four()?;
        let length = u64::from(u32::from_le_bytes(size));
        if length == 0 {
            return Ok(None);
        }
        if length > MESSAGE_BYTES_MAX {
            return Err(damaged(self.format, "消息过长"));
        }
        let metadata = self.bytes(length)?;
        let [a, b, c, d] = size;
        let header = [0xFF, 0xFF, 0xFF, 0xFF, a, b, c, d];
        Ok(Some(Framed { header, metadata }))
    }

    /// Gives the decoder one message with its body.
    fn feed(&mut self, framed: Framed, body: Option<Buffer>) -> Result<(), ImportError> {
        let parts = [
            Some(Buffer::from(framed.header)),
            Some(framed.metadata),
            body,
        ];
        for part in parts.into_iter().flatten() {
            self.decode(part)?;
        }
        Ok(())
    }

    fn decode(&mut self, mut bytes: Buffer) -> Result<(), ImportError> {
        let format = self.format;
        let (decoder, ready) = (&mut self.decoder, &mut self.ready);
        guarded(format, || {
            while !bytes.is_empty() {
                let batch = decoder.decode(&mut bytes);
                ready.extend(batch.map_err(|error| damaged(format, &error.to_string()))?);
            }
            Ok(())
        })
    }

    /// Reads one message after the schema.
    fn advance(&mut self) -> Result<(), ImportError> {
        let format = self.format;
        let place = self.position;
        let Some(framed) = self.framed()? else {
            self.decode(Buffer::from([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]))?;
            self.ended = true;
            return self.check_end();
        };
        let (body, kind) = guarded(format, || {
            let message = message(&framed.metadata, format)?;
            let body = check_body(&message, format)?;
            Ok((body, message.header_type()))
        })?;
        if kind == MessageHeader::RecordBatch {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            self.places.push(place);
        }
        let body = if body == 0 {
            None
        } else {
            Some(self.bytes(body)?)
        };
        self.feed(framed, body)
    }

    /// What must follow the end mark: nothing, or the footer of a file.
    fn check_end(&mut self) -> Result<(), ImportError> {
        let format = self.format;
        let left = self.length.saturating_sub(self.position);
        if format != FileFormat::ArrowFile {
            return if left == 0 {
                Ok(())
            } else {
                Err(damaged(format, "结束标记后面还有数据"))
            };
        }
        if left > FOOTER_BYTES_MAX {
            return Err(damaged(format, "结尾过长"));
        }
        let rest = self.bytes(left)?;
        let rest = rest.as_slice();
        let (rest, magic) = rest
            .split_last_chunk::<6>()
            .ok_or_else(|| damaged(format, "没有结尾"))?;
        let (rest, size) = rest
            .split_last_chunk::<4>()
            .ok_or_else(|| damaged(format, "没有结尾"))?;
        let padding = usize::try_from(u32::from_le_bytes(*size))
            .ok()
            .and_then(|size| rest.len().checked_sub(size));
        let padding = padding.filter(|padding| {
            magic == MAGIC && u64::try_from(*padding).is_ok_and(|padding| padding < PADDING_MAX)
        });
        let (_, footer) = padding
            .and_then(|padding| rest.split_at_checked(padding))
            .ok_or_else(|| damaged(format, "结尾不对"))?;
        let footer = Buffer::from(footer);
        let places = guarded(format, || {
            let footer = root_as_footer(footer.as_slice())
                .map_err(|error| damaged(format, &error.to_string()))?;
            let blocks = footer.recordBatches();
            let places = blocks.map(|blocks| blocks.iter().map(|block| block.offset()).collect());
            Ok(places.unwrap_or_else(Vec::new))
        })?;
        if places != self.places {
            return Err(damaged(format, "结尾列出的数据块与内容不同"));
        }
        Ok(())
    }
}

impl<R: Read> Batches for IpcBatches<R> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn choose(&mut self, used: &[usize]) {
        self.used = used.to_vec();
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, ImportError> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                let batch = batch.project(&self.used);
                return batch
                    .map(Some)
                    .map_err(|error| damaged(self.format, &error.to_string()));
            }
            if self.ended {
                return Ok(None);
            }
            self.advance()?;
        }
    }

    fn bytes_read(&self) -> u64 {
        self.position
    }
}

/// The description of a message.
fn message(bytes: &Buffer, format: FileFormat) -> Result<Message<'_>, ImportError> {
    let message =
        root_as_message(bytes.as_slice()).map_err(|error| damaged(format, &error.to_string()))?;
    let version = message.version();
    if version != MetadataVersion::V4 && version != MetadataVersion::V5 {
        return Err(unsupported(format, "格式版本太旧,请用新版软件重新导出"));
    }
    Ok(message)
}

/// The length of the body, when all that the message promises lies in it.
fn check_body(message: &Message<'_>, format: FileFormat) -> Result<u64, ImportError> {
    let wrong = || damaged(format, "数据块的长度不对");
    let body = u64::try_from(message.bodyLength()).map_err(|_| wrong())?;
    if body > BATCH_BYTES_MAX {
        let reason = format!("一个数据块超过 {BATCH_BYTES_MAX} 字节,请分成较小的块导出");
        return Err(unsupported(format, &reason));
    }
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data()),
        _ => return Err(damaged(format, "数据块的种类不对")),
    };
    check_batch(&batch.ok_or_else(wrong)?, body, format)?;
    Ok(body)
}

fn check_batch(batch: &BatchHeader<'_>, body: u64, format: FileFormat) -> Result<(), ImportError> {
    let wrong = || damaged(format, "数据块的长度不对");
    if batch.compression().is_some() {
        return Err(unsupported(
            format,
            "数据块是压缩的,请不压缩导出,或改用 Parquet",
        ));
    }
    let natural = |value: i64| u64::try_from(value).map_err(|_| wrong());
    natural(batch.length())?;
    for buffer in batch.buffers().into_iter().flatten() {
        let end = natural(buffer.offset())?.checked_add(natural(buffer.length())?);
        if end.is_none_or(|end| end > body) {
            return Err(wrong());
        }
    }
    for node in batch.nodes().into_iter().flatten() {
        if natural(node.null_count())? > natural(node.length())? {
            return Err(wrong());
        }
    }
    Ok(())
}
