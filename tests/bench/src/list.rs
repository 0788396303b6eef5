//! The list of leads.
use crate::{Fallible, arguments::Arguments, report::Report, stand::Stand};

pub async fn measure(_stand: &Stand, _arguments: &Arguments, _report: &mut Report) -> Fallible<()> {
    Ok(())
}
