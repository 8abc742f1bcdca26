//! The pages of a Parquet row group, checked before they are unpacked.
//!
//! A page header may promise 2 GiB, and the reader reserves and fills them. Here the headers of
//! all pages of the columns used are read first: their sizes are limited, they lie inside the
//! file, and a column without lists has one value for each row.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use crate::import::limits::{PAGE_BYTES_MAX, PAGE_VALUES_MAX, PAGES_BYTES_MAX};
use crate::import::typed::guard::{damaged, unsupported};
use crate::import::typed::thrift::{self, PAGE_HEADER, ThriftFault};
use crate::import::{FileFormat, ImportError};

const PARQUET: FileFormat = FileFormat::Parquet;

/// Bytes in which a page header is looked for, first and then once more.
const WINDOWS: [u64; 2] = [1 << 12, 1 << 20];

/// What one page header says.
#[derive(Clone, Copy, Debug, Default)]
struct Page {
    header_bytes: u64,
    unpacked: u64,
    packed: u64,
    /// Values of a page with data.
    values: u64,
    is_dictionary: bool,
}

/// Checks the pages of the columns used.
pub(crate) fn check_pages(
    file: &mut File,
    length: u64,
    group: &RowGroupMetaData,
    used: &dyn Fn(usize) -> bool,
) -> Result<(), ImportError> {
    let rows = u64::try_from(group.num_rows()).unwrap_or(0);
    let mut together = 0u64;
    for (leaf, column) in group.columns().iter().enumerate() {
        if used(leaf) {
            together = together.saturating_add(check_column(file, length, column, rows)?);
        }
    }
    if together > PAGES_BYTES_MAX {
        let reason = format!("数据页合计超过 {PAGES_BYTES_MAX} 字节,请用较小的数据页导出");
        return Err(unsupported(PARQUET, &reason));
    }
    Ok(())
}

/// Checks the pages of a column and answers how much of it may be in memory at one time.
fn check_column(
    file: &mut File,
    length: u64,
    column: &ColumnChunkMetaData,
    rows: u64,
) -> Result<u64, ImportError> {
    let wrong = || damaged(PARQUET, "数据页的位置不对");
    let packing = column.compression();
    let known = matches!(
        packing,
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_)
    );
    if !known {
        let reason = format!("压缩方式 {packing} 不支持,请用 snappy 或 zstd 导出");
        return Err(unsupported(PARQUET, &reason));
    }
    if column.file_path().is_some() {
        return Err(unsupported(PARQUET, "数据分在别的文件里,请导出成一个文件"));
    }
    let start = column
        .dictionary_page_offset()
        .unwrap_or(column.data_page_offset());
    let mut place = u64::try_from(start).map_err(|_| wrong())?;
    let size = u64::try_from(column.compressed_size()).map_err(|_| wrong())?;
    let end = place.checked_add(size).filter(|end| *end <= length);
    let end = end.ok_or_else(wrong)?;
    let (mut values, mut longest, mut dictionary) = (0u64, 0u64, 0u64);
    while place < end {
        let page = page(file, place, end)?;
        place = place
            .saturating_add(page.header_bytes)
            .saturating_add(page.packed);
        if place > end {
            return Err(wrong());
        }
        if page.unpacked > PAGE_BYTES_MAX || page.values > PAGE_VALUES_MAX {
            let reason = format!(
                "一个数据页超过 {PAGE_BYTES_MAX} 字节或 {PAGE_VALUES_MAX} 个值,请用较小的数据页导出"
            );
            return Err(unsupported(PARQUET, &reason));
        }
        let bytes = page.unpacked.max(page.packed);
        if page.is_dictionary {
            dictionary = dictionary.max(bytes);
        } else {
            longest = longest.max(bytes);
        }
        values = values.saturating_add(page.values);
    }
    if column.column_descr().max_rep_level() == 0 && values != rows {
        return Err(damaged(PARQUET, "列的值数与行数不同"));
    }
    Ok(longest.saturating_add(dictionary))
}

/// The header of the page at a place.
fn page(file: &mut File, place: u64, end: u64) -> Result<Page, ImportError> {
    let io = |error: std::io::Error| damaged(PARQUET, &error.to_string());
    let wrong = || damaged(PARQUET, "数据页的说明不对");
    let left = end.saturating_sub(place);
    let mut bytes = Vec::new();
    for window in WINDOWS {
        file.seek(SeekFrom::Start(place)).map_err(io)?;
        bytes.clear();
        file.take(left.min(window))
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let mut page = Page::default();
        let mut negative = false;
        let found = thrift::check(&bytes, PAGE_HEADER, &mut |path, value| {
            let natural = u64::try_from(value).unwrap_or_else(|_| {
                // The checksum may be any number.
                negative |= matches!(path, [1..=3] | [5 | 7 | 8, 1]);
                0
            });
            match path {
                [1] => page.is_dictionary = natural == 2,
                [2] => page.unpacked = page.unpacked.max(natural),
                [3] => page.packed = natural,
                [5 | 8, 1] => page.values = page.values.saturating_add(natural),
                _ => {}
            }
        });
        match found {
            Ok(header) if !negative => {
                page.header_bytes = u64::try_from(header).map_err(|_| wrong())?;
                return Ok(page);
            }
            Err(ThriftFault::Short) if left > window => {}
            Ok(_) | Err(ThriftFault::Short | ThriftFault::Malformed) => break,
        }
    }
    Err(wrong())
}
