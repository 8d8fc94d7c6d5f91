//! `docs/legacy-quirks.md`: what the real legacy said that shows one of its quirks each.

use super::{Reads, lines};

/// A line for each request: the test, what was asked, and what legacy said.
const SAID: &str = include_str!("quirks.jsonl");

async fn is_answered_as_legacy_did(test: &str) {
    let Some(reads) = Reads::new() else { return };
    let mut asked = 0;
    for said in lines(SAID).filter(|said| said["test"] == test) {
        reads.is_said(&said).await;
        asked += 1;
    }
    assert!(asked > 0, "nothing was recorded under {test}");
}

macro_rules! quirks {
    ($(#[test] fn $test:ident();)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                is_answered_as_legacy_did(stringify!($test)).await;
            }
        )+
    };
}

quirks! {
    #[test] fn a_status_code_slips_into_the_body();
    #[test] fn a_transaction_with_several_marks_but_not_that_of_decoded_counts_several_times();
    #[test] fn all_receipts_with_their_marks_count_as_undecoded();
    #[test] fn all_reports_are_found_where_one_is_asked_for();
    #[test] fn a_wrong_name_to_order_by_is_a_failure_in_the_words_of_the_database();
    #[test] fn half_a_page_of_a_list_is_none();
    #[test] fn percent_and_underscore_stand_for_any_text_in_a_search();
}
