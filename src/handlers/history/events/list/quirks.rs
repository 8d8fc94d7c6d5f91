//! `docs/legacy-quirks.md`: exchanges of the real legacy, over the events of the examples, that show one of its quirks each.

use super::examples::{Example, lines};

/// Asks what was recorded under the name of a test: with which limit, whether without premium, and what; what legacy
/// answered.
async fn is_answered_as_legacy_did(test: &str) {
    let example = Example::new();
    let mut asked = 0;
    for exchange in lines("quirks.jsonl").iter().filter(|exchange| exchange[0] == test) {
        let limit = usize::try_from(exchange[1].as_u64().unwrap()).unwrap();
        let answer = example.ask(exchange[3].as_str(), limit, exchange[2] == false).await.unwrap();
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        let expected = (exchange[4].as_u64(), exchange[5].as_str());
        assert_eq!((Some(answer.status.into()), Some(body.as_str())), expected, "{}", exchange[3]);
        asked += 1;
    }
    assert!(asked > 0, "nothing was recorded under {test}");
}

macro_rules! quirks {
    ($(#[test] fn $test:ident();)+) => {
        $(
            #[tokio::test]
            async fn $test() {
                is_answered_as_legacy_did(stringify!($test)).await;
            }
        )+
    };
}

quirks! {
    #[test] fn the_newest_groups_are_those_of_all_events_whatever_is_asked_for();
    #[test] fn what_is_found_up_to_the_limit_counts_events_beyond_it();
    #[test] fn the_limit_is_found_where_more_groups_match_and_none_of_the_newest_does();
    #[test] fn swaps_of_several_transactions_stand_in_one_list();
    #[test] fn the_event_that_is_met_first_speaks_for_its_group();
    #[test] fn an_order_by_time_leaves_open_the_place_in_the_group();
    #[test] fn an_empty_attribute_to_order_by_is_a_failure_of_the_database();
    #[test] fn labels_that_are_all_addresses_are_looked_for_among_counterpart_addresses_too();
    #[test] fn validators_are_not_looked_at_beside_transactions();
    #[test] fn filters_and_order_look_at_what_is_stored_not_at_what_is_shown();
    #[test] fn the_second_event_of_three_about_a_validator_is_hidden();
    #[test] fn an_exact_rule_without_a_treatment_hides_that_of_the_general_one();
    #[test] fn half_a_page_of_events_is_none();
}
