//! The sheet that goes with a file to the bank: what proves that the file is whole.

use super::amount::yuan;
use super::file::{PaymentFile, WrittenFile};

/// The text of the sheet.
///
/// # Shape
/// One paragraph for each file with its name, digest, count and sum, then those of the batch. The
/// only time is that of the seal.
/// # Units
/// Fen in, yuan with two decimals in the text.
/// # Source
/// PAYOUTS.md e3 rule 4.
pub(crate) fn sheet(batch: &PaymentFile, files: &[WrittenFile]) -> String {
    let mut text = format!(
        "付款文件交接单\n\n发起单位:{}\n报文编号:{}\n封存时间:{}\n",
        batch.initiator.name, batch.message_id, batch.sealed_at
    );
    for (number, file) in (1..).zip(files) {
        text.push_str(&format!(
            "\n文件 {number}:{}\n字节数:{}\nSHA-256:{}\n笔数:{}\n合计:{} 元\n",
            file.name,
            file.bytes.len(),
            file.sha256,
            file.count,
            yuan(file.total_fen),
        ));
    }
    let total = batch.total_fen().map(yuan).unwrap_or_default();
    text.push_str(&format!(
        "\n本批共 {} 个文件,{} 笔,合计 {total} 元\n",
        files.len(),
        batch.count()
    ));
    text.push_str(
        "\n请勿用表格软件打开后另存付款文件。接收前请核对 SHA-256、笔数和合计,任何一项不符都不要付款。\n\
         \n交出人:              接收人:              时间:\n",
    );
    text
}
