//! Assets cut to a page before anything is joined that the page does not depend on: a join of all of them takes most of
//! the time of a page, and nearly all of it is thrown away.

use rusqlite::{params_from_iter, types::Value};

use crate::handlers::filter::Filter;

/// What can be joined to an asset, by the letter that stands for it, at most one row of each. The left side of a
/// comparison says whether case counts: it does for what the user made up, and for nothing else.
const JOINED: [(&str, &str); 4] = [
    ("d", "common_asset_details d ON a.identifier = d.identifier"),
    ("e", "evm_tokens e ON a.identifier = e.identifier"),
    ("s", "solana_tokens s ON a.identifier = s.identifier"),
    ("u", "custom_assets u ON u.identifier = a.identifier"),
];

/// Which assets, and in which order. The order has to be one without equals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'q> {
    pub(super) filter: &'q Filter,
    /// `ORDER BY …`
    pub(super) order: &'q str,
}

impl Cut<'_> {
    /// A statement for a page; limit and offset are its last two parameters, see [`Cut::parameters`].
    pub(super) fn statement(&self, columns: &str, limit: i64) -> String {
        let Self { filter, order } = self;
        let clause = filter.clause();
        if limit < 0 {
            let from = from(filter, &[columns, &clause, order]);
            return format!("SELECT {columns} FROM {from} {clause} {order} LIMIT ? OFFSET ?");
        }
        let (whole, needed) = (from(&Filter::default(), &[columns, order]), from(filter, &[&clause, order]));
        format!(
            "SELECT {columns} FROM {whole} WHERE a.rowid IN \
             (SELECT a.rowid FROM {needed} {clause} {order} LIMIT ? OFFSET ?) {order}"
        )
    }

    /// Its parameters; a limit below 0 is none.
    pub(super) fn parameters(&self, limit: i64, offset: i64) -> impl rusqlite::Params + use<> {
        params_from_iter(self.filter.values.clone().into_iter().chain([Value::from(limit), Value::from(offset)]))
    }

    /// What decides a page, but what is stored, after the name of whatever is made of it.
    pub(super) fn key(&self, name: &str, limit: i64, offset: i64) -> String {
        format!("{name} {} {:?} {} {limit} {offset}", self.filter.clause(), self.filter.values, self.order)
    }

    /// A statement that counts them all.
    pub(super) fn count(&self) -> String {
        let clause = self.filter.clause();
        format!("SELECT COUNT(*) FROM {} {clause}", from(self.filter, &[&clause]))
    }
}

/// Every asset with what the texts speak of. What has no row in a table meets no condition that begins with a column of
/// it, and need not be looked at.
fn from(filter: &Filter, texts: &[&str]) -> String {
    let joined = JOINED.iter().filter(|(letter, _)| texts.iter().any(|text| speaks_of(text, letter)));
    joined.fold("assets a".to_owned(), |from, (letter, table)| {
        let how = if filter.asks_for(letter) { "JOIN" } else { "LEFT JOIN" };
        format!("{from} {how} {table}")
    })
}

/// Whether a column of a table is in a part of a statement.
fn speaks_of(text: &str, letter: &str) -> bool {
    let column = format!("{letter}.");
    text.match_indices(&column).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        db::Transaction,
        handlers::{
            assets::examples::{Example, plan},
            filter::containing,
        },
    };

    const COLUMNS: &str = "a.identifier, a.name, d.symbol, e.chain, ifnull(e.address, s.address), u.notes";
    const BY_NAME: &str = "ORDER BY a.name COLLATE NOCASE DESC, a.rowid";

    /// Everything joined, then cut: what a page is by its definition.
    fn plainly(transaction: &Transaction<'_>, cut: Cut<'_>, limit: i64, offset: i64) -> (Vec<Vec<Value>>, i64) {
        let (tables, clause) = (crate::handlers::assets::tables::TABLES, cut.filter.clause());
        let page = format!("SELECT {COLUMNS} FROM {tables} {clause} {} LIMIT {limit} OFFSET {offset}", cut.order);
        let count = format!("SELECT COUNT(*) FROM {tables} {clause}");
        let given = || params_from_iter(&cut.filter.values);
        (read(transaction, &page, given()), transaction.query_row(&count, given(), |row| row.get(0)).unwrap())
    }

    fn read(transaction: &Transaction<'_>, statement: &str, parameters: impl rusqlite::Params) -> Vec<Vec<Value>> {
        let mut select = transaction.prepare(statement).unwrap();
        let columns = select.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>();
        select.query_map(parameters, row).unwrap().map(Result::unwrap).collect()
    }

    fn filters() -> Vec<Filter> {
        let mut filters = vec![Filter::default()];
        let mut add = |conditions: &[(&'static str, Value)]| {
            let mut filter = Filter::default();
            for (condition, value) in conditions {
                filter.and_with(condition, value.clone());
            }
            filters.push(filter);
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let like = |part: &str| Value::Text(containing(part).unwrap());
        for part in ["eth", "ALIKE", "%", "_", "é", "", "zzzz"] {
            add(&[("a.name LIKE ?", like(part))]);
            add(&[("unlikely(d.symbol LIKE ?)", like(part))]);
            add(&[("unlikely(d.symbol LIKE ?)", like(part)), ("e.chain = ?", Value::Integer(10))]);
            add(&[("a.name LIKE ?", like(part)), ("unlikely(d.symbol LIKE ?)", like("eth"))]);
        }
        add(&[("a.name = ?", text("Alike"))]);
        add(&[("d.symbol = ?", text("ETH3"))]);
        add(&[("a.type = ?", text("["))]);
        add(&[("e.chain = ?", Value::Null)]);
        add(&[("ifnull(e.address, s.address) = ?", text("So3"))]);
        let some = text(r#"["coin2", "COIN7", "eip155:10/erc20:0X0000000000000000000000000000000000000001"]"#);
        add(&[("a.identifier IN (SELECT value FROM json_each(?))", some.clone())]);
        add(&[("a.identifier COLLATE BINARY IN (SELECT value FROM json_each(?))", some.clone())]);
        add(&[("a.identifier COLLATE BINARY NOT IN (SELECT value FROM json_each(?))", some)]);
        filters
    }

    #[tokio::test]
    async fn a_page_is_the_one_that_would_be_cut_of_everything_joined() {
        let example = Example::new();
        let orders = [
            BY_NAME,
            "ORDER BY a.name COLLATE NOCASE ASC, a.identifier",
            "ORDER BY d.symbol COLLATE NOCASE DESC, a.rowid",
            "ORDER BY ifnull(e.decimals, s.decimals) COLLATE NOCASE ASC, a.rowid",
            "ORDER BY e.chain COLLATE NOCASE DESC, e.identifier, a.rowid",
            "ORDER BY u.notes COLLATE NOCASE ASC, a.rowid",
            "ORDER BY a.identifier COLLATE NOCASE DESC, a.identifier",
        ];
        let check = move |transaction: &Transaction<'_>| {
            let mut rows = 0;
            for filter in &filters() {
                for order in orders {
                    let cut = Cut { filter, order };
                    for (limit, offset) in [(1, 0), (10, 0), (7, 20), (1000, 3), (-1, 0), (5, 390), (5, 5000)] {
                        let (page, count) = plainly(transaction, cut, limit, offset);
                        let cut_page = read(transaction, &cut.statement(COLUMNS, limit), cut.parameters(limit, offset));
                        assert_eq!(cut_page, page, "{filter:?} {order} {limit} {offset}");
                        rows += page.len();
                        let given = params_from_iter(&filter.values);
                        let counted: i64 = transaction.query_row(&cut.count(), given, |row| row.get(0)).unwrap();
                        assert_eq!(counted, count, "{filter:?}");
                    }
                }
            }
            assert!(rows > 10_000, "{rows} rows are not much of a comparison");
            Ok(())
        };
        example.database.read(check).await.unwrap();
    }

    #[tokio::test]
    async fn only_the_page_is_joined_and_a_symbol_is_looked_for_where_symbols_are() {
        let example = Example::new();
        let explain = |transaction: &Transaction<'_>| {
            let plan = |filter: &Filter, order| {
                let cut = Cut { filter, order };
                let page = plan(transaction, &cut.statement(COLUMNS, 10), cut.parameters(10, 0));
                let count = plan(transaction, &cut.count(), params_from_iter(&filter.values));
                (page, count)
            };
            let with = |condition: &'static str| {
                let mut filter = Filter::default();
                filter.and_with(condition, "x".to_owned());
                filter
            };
            insta::assert_snapshot!(plan(&Filter::default(), BY_NAME).0, @r"
            SEARCH a USING INTEGER PRIMARY KEY (rowid=?)
            LIST SUBQUERY 1
            SCAN a
            USE TEMP B-TREE FOR ORDER BY
            SEARCH d USING INDEX sqlite_autoindex_common_asset_details_1 (identifier=?) LEFT-JOIN
            SEARCH e USING INDEX sqlite_autoindex_evm_tokens_1 (identifier=?) LEFT-JOIN
            SEARCH s USING INDEX sqlite_autoindex_solana_tokens_1 (identifier=?) LEFT-JOIN
            SEARCH u USING INDEX sqlite_autoindex_custom_assets_1 (identifier=?) LEFT-JOIN
            USE TEMP B-TREE FOR ORDER BY
            ");
            insta::assert_snapshot!(plan(&with("a.name LIKE ?"), BY_NAME).1, @"SCAN a");
            let (page, count) = plan(&with("unlikely(d.symbol LIKE ?)"), BY_NAME);
            insta::assert_snapshot!(page, @r"
            SEARCH a USING INTEGER PRIMARY KEY (rowid=?)
            LIST SUBQUERY 1
            SCAN d
            SEARCH a USING INDEX sqlite_autoindex_assets_1 (identifier=?)
            USE TEMP B-TREE FOR ORDER BY
            SEARCH d USING INDEX sqlite_autoindex_common_asset_details_1 (identifier=?) LEFT-JOIN
            SEARCH e USING INDEX sqlite_autoindex_evm_tokens_1 (identifier=?) LEFT-JOIN
            SEARCH s USING INDEX sqlite_autoindex_solana_tokens_1 (identifier=?) LEFT-JOIN
            SEARCH u USING INDEX sqlite_autoindex_custom_assets_1 (identifier=?) LEFT-JOIN
            USE TEMP B-TREE FOR ORDER BY
            ");
            insta::assert_snapshot!(count, @r"
            SCAN d
            SEARCH a USING COVERING INDEX sqlite_autoindex_assets_1 (identifier=?)
            ");
            Ok(())
        };
        example.database.read(explain).await.unwrap();
    }
}
