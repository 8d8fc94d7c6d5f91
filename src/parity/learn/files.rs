//! Files by example: what becomes of one when rules are added.

use std::fmt::Write;

use super::{edit::Addition, edited, examples::rule};
use crate::{
    config::{Layers, Rule},
    handlers,
    routes::Snapshot,
};

fn addition(route: &str, rules: &[Rule]) -> Addition {
    Addition { route: route.into(), about: "GET /x".into(), rules: rules.to_vec() }
}

/// The rules of every route of a file, which is valid.
fn loaded(text: &str) -> Vec<(String, Vec<Rule>)> {
    let snapshot = Snapshot::from_text(&Layers::default(), Some(text), &handlers::catalog(), 1)
        .unwrap_or_else(|faults| panic!("{faults}\n{text}"));
    let routes = snapshot.table.routes.iter();
    routes.map(|route| (route.name.clone(), route.parity.clone())).filter(|(_, rules)| !rules.is_empty()).collect()
}

#[test]
fn a_file_is_inserted_into_in_its_own_style_and_stays_as_it_is_otherwise() {
    let files = [
        "",
        "# only a comment",
        "\u{feff}[[route]]\nname = \"ping\"\n",
        "[[route]]\nname = \"ping\" # said\n# more\n\n[[route]]\nname = \"info\"\n",
        "[[route]]\nname = \"ping\"",
        "[[route]]\r\nname = \"ping\" # said\r\n\r\n[log]\r\nlevel = \"info\"\r\n",
        "[[route]]\nparity = []\nname = \"ping\"\n",
        "[[route]]\nname = \"ping\"\nparity = [\n    # none yet\n]\n",
        "[[route]]\nname = \"ping\"\nparity = [{ ignore = \"/a\", reason = \"x\" }] # one\nmode = \"legacy\"\n",
        "[[route]]\nname = \"ping\"\nparity = [ { ignore = \"/a\", reason = \"x\" }, ]\n",
        "[[route]]\nname = \"ping\"\nparity = [\n  { ignore = \"/a\", reason = \"x, # y\" }, # one, and\n  # all\n]\n",
        "[[route]]\nname = \"ping\"\nparity = [\n  { ignore = \"/a\", reason = \"x\" } # no, comma\n]\n",
        "[[route]]\nname = \"ping\"\nparity = [\n\t{ ignore = \"/a\", reason = \"x\" }]\n",
        "[[route]]\nname = \"ping\"\nparity = [{ ignore = \"/a\", reason = \"x\" },\n          { ignore = \"/b\", reason = \"x\" }]\n",
        "[[route]]\nname = \"ping\"\n[[route.parity]]\nignore = \"/a\"\nreason = \"x\" # one\n[[route]]\nname = \"info\"\n",
        "route = [{ name = \"ping\" }, { name = \"info\", parity = [] }]\n",
    ];
    let rules = [rule("unordered", "/r", "/id"), rule("tolerance", "/p", "0.0006")];
    let quoted = [rule("mask", "/m/\"\u{1}", r"it's \d+"), rule("mask", "/n", r"\d+ ms"), rule("ignore", "/o", "")];
    let mut shown = String::new();
    for file in files {
        let inline = file.starts_with("route =");
        let other = if inline { "info" } else { "tags_list" };
        let edited = edited(file, &[addition("ping", &rules), addition(other, &quoted[..]), addition("names", &[])]);
        let edited = edited.unwrap();
        let mut expected = loaded(file);
        for (name, rules) in [("ping", &rules[..]), (other, &quoted[..])] {
            match expected.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.extend(rules.to_vec()),
                None => expected.push((name.to_owned(), rules.to_vec())),
            }
        }
        let mut found = loaded(&edited);
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found, expected, "{edited}");
        // Nothing is taken away.
        let mut rest = edited.chars();
        assert!(file.chars().all(|c| rest.any(|other| other == c)), "{edited}");
        assert_eq!(
            edited.contains('\r'),
            edited.split('\n').all(|line| line.ends_with('\r') || line.is_empty()) && file.contains('\r')
        );
        write!(shown, "----\n{}", edited.replace('\u{feff}', "⟨BOM⟩").replace('\r', "␍").replace('\t', "→")).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_of_another_form_is_refused() {
    let rules = [rule("ignore", "/a", "")];
    let said = |text: &str| edited(text, &[addition("ping", &rules)]).unwrap_err().to_string();
    assert!(said("route = 1").contains("[[route]]"));
    assert!(said("route = [{ name = \"info\" }]").contains("no place for a new one"));
    assert!(said("[[route]]\nname = \"ping\"\nparity = 1").contains("no list"));
    assert!(said("a b").contains("not valid TOML"));
    assert_eq!(edited("a = 1", &[]).unwrap(), "a = 1");
}
