//! Requests of every handler, recorded ones and made ones, and handlers asked in this process on a copy of the recorded
//! databases.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use cutover::{
    config::Caches,
    handlers::{self, Context, Handler, staleness::Staleness, upload::Upload},
    routes::{RouteTable, pattern::Segment, target::Target},
    schema::needs::{Database, table},
    session::Session,
    wire,
};
use http::Method;
use serde_json::{Value, json};

use super::{files::stranger, watch::Columns};

/// The recorded user.
pub const USER: &str = "carol";
/// Its password.
pub const PASSWORD: &str = "p'w 1";

/// Of a transaction that legacy knows.
const TX_HASH: &str = "0xabababababababababababababababababababababababababababababababab";

/// The recorded user has no transactions.
pub fn knows_a_transaction(data: &Path) {
    let database = stranger(&data.join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD));
    let add = "INSERT INTO evm_transactions(tx_hash, chain_id, timestamp, block_number, from_address, value, gas, \
               gas_price, gas_used, input_data, nonce) VALUES (?, 1, 1, 1, '', '0', '0', '0', '0', X'', 0)";
    database.execute(add, [vec![0xab_u8; 32]]).unwrap();
}

/// What a handler declares. No table is declared twice: it is one line that says what is read of it.
pub fn declared(handler: &Handler) -> Columns {
    let mut columns = Columns::new();
    for database in Database::ALL {
        let tables = handler.needs.tables(database).iter().map(|text| table(text).unwrap());
        let mut names = BTreeSet::new();
        for (table, of_table) in tables {
            assert!(names.insert(table), "{}: {table} is declared twice", handler.declared.name);
            columns.extend(of_table.iter().map(|column| (database, table.to_owned(), (*column).to_owned())));
        }
    }
    columns
}

/// Between the parts of a form.
const BOUNDARY: &str = "x";

/// A request: method and target, and a body that says it is JSON, or a form if it begins as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request(pub Method, pub String, pub Option<String>);

impl Request {
    pub fn recorded(entry: &Value) -> Self {
        let request = &entry["request"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let says_json = request["headers"].as_array().unwrap().iter().any(|header| {
            text(&header["name"]).eq_ignore_ascii_case("content-type") && text(&header["value"]).contains("json")
        });
        let method = Method::from_bytes(text(&request["method"]).as_bytes()).unwrap();
        let target = text(&request["url"]).replacen("http://127.0.0.1", "", 1);
        Self(method, target, says_json.then(|| text(&request["postData"]["text"])))
    }

    /// Those that bring a handler where no recorded request does.
    pub fn further() -> Vec<Self> {
        let get = |path: &str| Self(Method::GET, format!("/api/1/{path}"), None);
        let post = |path: &str, body: &Value| Self(Method::POST, format!("/api/1/{path}"), Some(body.to_string()));
        let columns = ["coingecko", "cryptocompare", "started", "forked", "swapped_for", "notes"];
        let ascending = columns.map(|_| true);
        let search =
            json!({"value": "e", "search_column": "name", "order_by_attributes": columns, "ascending": ascending});
        let moment = json!({"assets_timestamp": [["ETH", 1]], "target_asset": "USD", "only_cache_period": 9});
        let address = "0x9531C059098e3d194fF87FebB587aB07B30B1306";
        vec![
            post("assets/search", &search),
            post("assets/prices/historical", &moment),
            post("assets/prices/latest/all", &json!({"from_asset": "ETH", "to_asset": "USD"})),
            get("oracles/cryptocompare/cache"),
            post("accounting/rules/conflicts", &json!({})),
            post("accounting/rules/export", &json!({})),
            get("blockchains/evm/transactions/decode"),
            get("blockchains/evmlike/transactions/decode"),
            get("exchanges/binance/pairs/x?location=binance"),
            get("reports"),
            get("reports/1"),
            post(
                "reports/1/data",
                &json!({"order_by_attributes": ["pnl_taxable", "pnl_free", "asset"], "ascending": [true, true, true]}),
            ),
            get("history/events/details?identifier=999999"),
            post("nfts/prices", &json!({})),
            post("balances/historical", &json!({})),
            post("balances/historical/asset", &json!({})),
            post("balances/historical/netvalue", &json!({})),
            get("snapshots?timestamp=1500000000"),
            post("wallet/interacted", &json!({"from_address": address, "to_address": address})),
        ]
    }

    /// Those that only premium users are answered.
    pub fn of_premium_users() -> Vec<Self> {
        let post = |path: &str, body: &Value| Self(Method::POST, format!("/api/1/{path}"), Some(body.to_string()));
        let get = |path: &str| Self(Method::GET, format!("/api/1/statistics/{path}"), None);
        vec![
            post("balances/historical/asset", &json!({"asset": "ETH"})),
            post("balances/historical/asset", &json!({"collection_id": 1})),
            post("balances/historical/netvalue", &json!({})),
            post("statistics/balance", &json!({"asset": "ETH"})),
            post("statistics/balance", &json!({"collection_id": 1})),
            get("value_distribution?distribution_by=location"),
            get("value_distribution?distribution_by=asset"),
            get("netvalue?include_nfts=false"),
        ]
    }

    /// Those that write, in one sequence, where what is recorded does not bring a handler to a table.
    pub fn further_writes() -> Vec<Self> {
        let ask =
            |method: Method, path: &str, body: &Value| Self(method, format!("/api/1/{path}"), Some(body.to_string()));
        let mapping = json!({"entries": [{"asset": "ETH", "counterparty": "curve", "counterparty_symbol": "X"}]});
        let unmapped = json!({"entries": [{"counterparty": "curve", "counterparty_symbol": "X"}]});
        let price = json!({"from_asset": "ETH", "to_asset": "EUR", "price": "1", "timestamp": 1});
        let moment = json!({"from_asset": "ETH", "to_asset": "EUR", "timestamp": 1});
        let pair = json!({"from_asset": "ETH", "to_asset": "EUR"});
        let nft = "_nft_0x9531C059098e3d194fF87FebB587aB07B30B1306_1";
        let balance = json!({"timestamp": 1_500_000_000, "category": "asset", "asset_identifier": nft, "amount": "1", "usd_value": "1"});
        let place = json!({"timestamp": 1_500_000_000, "location": "kraken", "usd_value": "1"});
        let snapshot =
            json!({"timestamp": 1_500_000_000, "balances_snapshot": [balance], "location_data_snapshot": [place]});
        let token = "eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F";
        let linked = json!({"value": true, "linked_setting": "include_gas_costs"});
        let rule = json!({
            "event_type": "loss", "event_subtype": "none", "identifier": 1,
            "taxable": linked, "count_entire_amount_spend": linked, "count_cost_basis_pnl": linked,
        });
        let [spam, more_spam] =
            ["0x01454cdC3FAb2a026CC7d1CB2aEa9B909D5bA0EE", "0x0432ca79d0bF2546bC9a29685636e413B137692d"]
                .map(|address| json!({"token": format!("eip155:1/erc20:{address}")}));
        let latest = json!({"from_asset": "ETH", "to_asset": "EUR", "price": "1"});
        let part = |address: &str| json!([{"address": address, "token_kind": "erc20", "weight": 100}]);
        let evm = json!({"asset_type": "evm token", "name": "X", "symbol": "Y", "decimals": 1, "evm_chain": "base",
            "token_kind": "erc20", "address": "0x9531C059098e3d194fF87FebB587aB07B30B1306",
            "underlying_tokens": part("0x6e15887E2CEC81434C16D587709f64603b39b545"), "forked": "BTC"});
        let solana = json!({"asset_type": "solana token", "name": "X", "symbol": "Y", "decimals": 1,
            "token_kind": "spl token", "address": "So11111111111111111111111111111111111111113",
            "swapped_for": "solana/token:2cJgFtnqjaoiu9fKVX3fny4Z4pRzuaqfJ3PBTMk2D9ur"});
        let fiat = json!({"asset_type": "fiat", "name": "X", "symbol": "Y", "identifier": "Z"});
        let custom =
            json!({"identifier": "1f1b35ac-e589-41fc-84ae-6e92fc83475d", "name": "X", "custom_asset_type": "y"});
        let (address, key) = (
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        );
        let accounts = json!({"accounts": [{"address": address, "label": "a", "tags": ["gas 5"]}]});
        let mut writes = vec![
            ask(Method::PATCH, "accounting/rules", &rule),
            ask(Method::PATCH, "accounting/rules/conflicts", &json!({"solve_all_using": "remote"})),
            ask(Method::PATCH, "blockchains/btc/accounts", &accounts),
            ask(Method::PATCH, "blockchains/type/bitcoin/accounts", &accounts),
            ask(Method::PATCH, "blockchains/btc/xpub", &json!({"xpub": key, "tags": ["gas 5"]})),
            Self(Method::DELETE, "/api/1/exchanges/data/kraken".into(), None),
            Self(Method::DELETE, "/api/1/exchanges/data".into(), None),
            Self(Method::DELETE, "/api/1/blockchains/eth/modules/data".into(), None),
            Self(Method::DELETE, "/api/1/blockchains/eth/modules/loopring/data".into(), None),
            Self(Method::DELETE, "/api/1/blockchains/eth/modules/cowswap/data".into(), None),
            Self(Method::DELETE, "/api/1/blockchains/eth/modules/gnosis_pay/data".into(), None),
            ask(Method::PUT, "assets/counterpartymappings", &mapping),
            ask(Method::PATCH, "assets/counterpartymappings", &mapping),
            ask(Method::DELETE, "assets/counterpartymappings", &unmapped),
            ask(Method::PUT, "assets/prices/historical", &price),
            ask(Method::PATCH, "assets/prices/historical", &price),
            ask(Method::DELETE, "assets/prices/historical", &moment),
            ask(Method::DELETE, "oracles/cryptocompare/cache", &pair),
            ask(Method::DELETE, "blockchains/eth2/stake/events", &json!({"entry_type": "eth block event"})),
            ask(Method::DELETE, "blockchains/eth2/stake/events", &json!({"entry_type": "eth withdrawal event"})),
            ask(Method::PATCH, "snapshots", &snapshot),
            ask(Method::PATCH, "snapshots/1500000000", &snapshot),
            ask(Method::DELETE, "snapshots/1500000000", &json!({"timestamp": 1_500_000_000})),
            ask(Method::DELETE, "assets/ignored/whitelist", &json!({"token": token})),
            ask(Method::PUT, "assets/all", &evm),
            ask(Method::PUT, "assets/all", &solana),
            ask(Method::PUT, "assets/all", &fiat),
            ask(Method::PATCH, "assets/all", &evm),
            ask(Method::PATCH, "assets/all", &solana),
            ask(Method::PATCH, "assets/all", &fiat),
            ask(Method::DELETE, "assets/all", &json!({"identifier": "Z"})),
            ask(Method::POST, "assets/ignored/whitelist", &spam),
            ask(Method::DELETE, "assets/evm/spam/", &more_spam),
            ask(Method::PUT, "assets/prices/latest", &latest),
            ask(Method::PUT, "assets/prices/latest", &latest),
            ask(Method::DELETE, "assets/prices/latest", &json!({"asset": "ETH"})),
            ask(Method::PATCH, "assets/custom", &custom),
            ask(Method::DELETE, "assets/custom", &json!({"identifier": "VET"})),
            Self(Method::DELETE, "/api/1/calendar/google".into(), None),
            Self(Method::DELETE, "/api/1/reports/1".into(), None),
        ];
        writes.extend(Self::events());
        writes.extend(Self::imports());
        writes
    }

    /// Files that are named or sent.
    fn imports() -> Vec<Self> {
        let path = "/api/1/accounting/rules/import".to_owned();
        let named = json!({"filepath": format!("{DATA}/{RULES}")}).to_string();
        let fields = ["balances_snapshot_file", "location_data_snapshot_file"];
        let tables = json!({fields[0]: format!("{DATA}/{BALANCES}"), fields[1]: format!("{DATA}/{PLACES}")});
        let [balances, places] = tables_at(9);
        let sent = form(&[(fields[0], BALANCES, &balances), (fields[1], PLACES, &places)]);
        let snapshots = "/api/1/snapshots".to_owned();
        vec![
            Self(Method::PUT, path.clone(), Some(named)),
            Self(Method::PATCH, path, Some(form(&[("filepath", RULES, &rules())]))),
            Self(Method::PUT, snapshots.clone(), Some(tables.to_string())),
            Self(Method::POST, snapshots, Some(sent)),
        ]
    }

    /// An event of each kind added, and written over one of the snapshot's; a swap loses its fee.
    fn events() -> Vec<Self> {
        let address = "0x9531C059098e3d194fF87FebB587aB07B30B1306";
        let any = json!({"event_type": "receive", "event_subtype": "none", "asset": "ETH", "amount": "1",
            "sequence_index": 0, "event_identifier": "x", "location": "ethereum", "tx_hash": TX_HASH});
        let mut history = any.clone();
        history.as_object_mut().unwrap().remove("tx_hash");
        let mut zksync = any.clone();
        zksync["location"] = json!("zksync lite");
        let side = json!([{"amount": "1", "asset": "ETH"}]);
        let events = [
            ("history event", 1, history),
            ("evm event", 2, any.clone()),
            ("evm event", 2, zksync),
            (
                "eth withdrawal event",
                3,
                json!({"amount": "1", "is_exit": false, "withdrawal_address": address, "validator_index": 1}),
            ),
            (
                "eth block event",
                18,
                json!({"amount": "1", "is_mev_reward": false, "fee_recipient": address,
                "validator_index": 1, "block_number": 1}),
            ),
            (
                "eth deposit event",
                4,
                json!({"amount": "1", "depositor": address, "tx_hash": TX_HASH,
                "sequence_index": 1, "validator_index": 1}),
            ),
            (
                "asset movement event",
                5,
                json!({"event_type": "deposit", "location": "kraken", "asset": "ETH",
                "amount": "1", "fee": "1", "fee_asset": "ETH"}),
            ),
            (
                "swap event",
                40,
                json!({"location": "kraken", "spend_asset": "ETH", "spend_amount": "1",
                "receive_asset": "EUR", "receive_amount": "1"}),
            ),
            (
                "evm swap event",
                6,
                json!({"location": "ethereum", "tx_hash": TX_HASH, "sequence_index": 5,
                "spend": side, "receive": side}),
            ),
        ];
        let requests = events.into_iter().flat_map(|(kind, identifier, mut event)| {
            event["entry_type"] = json!(kind);
            event["timestamp"] = json!(1_700_000_000_000_u64);
            let added = event.to_string();
            event["event_identifier"] = json!(format!("of {identifier}"));
            if kind == "evm swap event" {
                event["identifiers"] = json!([identifier, 7]);
                event["spend"][0]["identifier"] = json!(identifier);
            } else {
                event["identifier"] = json!(identifier);
            }
            [(Method::PUT, added), (Method::PATCH, event.to_string())]
        });
        requests.map(|(method, body)| Self(method, "/api/1/history/events".into(), Some(body))).collect()
    }

    /// Its handler, if a route has it.
    pub fn handler(&self, routes: &RouteTable) -> Option<&'static Handler> {
        let found = routes.matcher.find(&self.0, &Target::of(self.1.split('?').next().unwrap_or_default()))?;
        handlers::find(found.route.handler)
    }

    /// Its handler and what it is given; `None` if no route has it, or if it does not come as far as a handler.
    pub fn asks(&self, routes: &RouteTable, session: &Arc<Session>) -> Option<(&'static Handler, Context)> {
        let Self(method, target, body) = self;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let found = routes.matcher.find(method, &Target::of(path))?;
        let named = found.route.pattern.segments.iter().filter(|segment| segment.name().is_some());
        let variables = named.zip(found.variables).map(|(segment, (name, value))| match segment {
            Segment::Int(_) => (name, wire::Value::Int(value.parse().unwrap())),
            _ => (name, wire::Value::text(&value)),
        });
        let form = body.as_ref().filter(|body| body.starts_with("--"));
        let json = body.as_ref().filter(|_| form.is_none());
        let json = json.map(|body| wire::parse::parse(body.as_bytes())).transpose().ok()?;
        let upload = form.map(|form| Upload {
            content_type: format!("multipart/form-data; boundary={BOUNDARY}"),
            body: form.clone().into(),
        });
        let context = Context::new(query.to_owned(), variables.collect(), json, Arc::clone(session), None)
            .uploading(upload)
            .telling(Staleness::new(Caches::ALL, &[]));
        Some((handlers::find(found.route.handler).unwrap(), context))
    }
}

/// A form of files: field, name, what is in it.
pub fn form(files: &[(&str, &str, &str)]) -> String {
    let part = |(field, name, text): &(&str, &str, &str)| {
        let head = format!("Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"");
        format!("--{BOUNDARY}\r\n{head}\r\n\r\n{text}\r\n")
    };
    files.iter().map(part).collect::<String>() + &format!("--{BOUNDARY}--\r\n")
}

/// What legacy calls its data directory, as it was recorded.
const DATA: &str = "/data";
const RULES: &str = "rules.json";
const BALANCES: &str = "balances.csv";
const PLACES: &str = "places.csv";

/// A snapshot of one moment, with an NFT.
fn tables_at(moment: u8) -> [String; 2] {
    [
        format!(
            "timestamp,category,asset_identifier,amount,usd_value\n{moment},asset,ETH,1,1\n{moment},asset,_nft_x,1,1"
        ),
        format!("timestamp,location,usd_value\n{moment},kraken,1"),
    ]
}

fn rules() -> String {
    let setting = json!({"value": true});
    let rule = json!({"taxable": setting, "count_entire_amount_spend": setting, "count_cost_basis_pnl": setting,
        "accounting_treatment": "swap"});
    let rule = json!({"event_type": "loss", "event_subtype": "fee", "counterparty": null, "rule": rule});
    let link = json!({"accounting_rule": 1, "property_name": "taxable", "setting_name": "main_currency"});
    json!({"accounting_rules": {"1": rule}, "linked_properties": {"1": link}}).to_string()
}

/// Files that requests name.
pub fn add_files(data: &Path) {
    let [balances, places] = tables_at(8);
    for (name, text) in [(RULES, rules()), (BALANCES, balances), (PLACES, places)] {
        std::fs::write(data.join(name), text).unwrap();
    }
}

/// A report, and a transaction that waits to be decoded: without them some tables are not asked.
pub fn add_rows(data: &Path) {
    let of_user = data.join("users").join(USER);
    let transient = stranger(&of_user.join("rotkehlchen_transient.db"), Some(PASSWORD));
    transient.execute("INSERT INTO pnl_reports VALUES (1, 2, 3, 4, 5, 6, 7, 8)", []).unwrap();
    let processed = json!({
        "type": "fee", "notes": "", "location": "kraken", "asset_identifier": "ETH", "free_amount": "1",
        "taxable_amount": "1", "price": "1", "pnl_taxable": "1", "pnl_free": "1", "cost_basis": null, "index": 0,
        "extra_data": {}, "count_entire_amount_spend": true, "count_cost_basis_pnl": true,
    });
    let insert = "INSERT INTO pnl_events VALUES (1, 1, 5, ?, '1', '1', 'ETH')";
    transient.execute(insert, [processed.to_string()]).unwrap();
    let user = stranger(&of_user.join("rotkehlchen.db"), Some(PASSWORD));
    user.execute_batch(
        "INSERT INTO evm_transactions(identifier, tx_hash, chain_id, timestamp, block_number, from_address, value, gas, \
         gas_price, gas_used, input_data, nonce) VALUES (99, x'99', 1, 1, 1, '', '', '', '', '', x'', 1); \
         INSERT INTO evmtx_receipts(tx_id, status, type) VALUES (99, 1, 1); \
         INSERT INTO history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, asset, \
         amount, type, subtype) VALUES (999999, 2, 'x', 0, 1, 'f', 'ETH', '1', 'receive', 'none'); \
         INSERT INTO evm_events_info(identifier, tx_hash) VALUES (999999, x'99')",
    )
    .unwrap();
}

/// A conflict with the rules of an update: without one a table is not asked.
pub fn add_conflict(data: &Path) {
    let user = stranger(&data.join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD));
    let remote = json!({
        "event_type": "renew", "event_subtype": "none", "counterparty": null, "accounting_treatment": null,
        "taxable": true, "count_entire_amount_spend": true, "count_cost_basis_pnl": true,
        "links": {"taxable": "include_gas_costs"},
    });
    let insert = "INSERT INTO unresolved_remote_conflicts(local_id, remote_data, type) VALUES (1, ?, 1)";
    user.execute(insert, [remote.to_string()]).unwrap();
}
