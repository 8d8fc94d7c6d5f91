-- user
INSERT OR IGNORE INTO assets(identifier) VALUES ('LTC'), ('ETH'), ('_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_7'), ('_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_8');
INSERT INTO history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, asset, amount, type, subtype, extra_data) VALUES
    (9001, 1, 'hr1', 0, 1000000000000, 'B', 'LTC', '1.50', 'receive', 'none', NULL),
    (9002, 1, 'hr2', 0, 1000000000500, 'B', 'LTC', '0.5', 'spend', 'fee', NULL),
    (9003, 1, 'hr3', 0, 1000086400000, 'B', 'LTC', '1E+3', 'receive', 'reward', NULL),
    (9004, 1, 'hr4', 0, 1000090000000, 'B', 'ETH', '2', 'receive', 'none', NULL),
    (9005, 1, 'hr5', 0, 1000100000000, 'B', 'LTC', '7', 'informational', 'none', NULL),
    (9006, 1, 'hr6', 0, 1000172800000, 'B', 'LTC', '1', 'deposit', 'deposit asset', NULL),
    (9007, 1, 'hr7', 0, 1000262800000, 'B', 'ETH', '2.0', 'spend', 'none', NULL),
    (9008, 1, 'hr8', 0, 1000362800000, 'B', 'LTC', '1001.5', 'spend', 'none', NULL),
    (9009, 1, 'hr9', 0, 1000462800000, 'B', 'LTC', '1', 'receive', 'none', NULL),
    (9010, 2, 'hr10', 0, 1100000000000, 'f', 'ETH', '1', 'receive', 'none', '{"a": 1, "sub_swaps": [1.50, "é"], "liquity_staking": {"asset": "LQTY"}}'),
    (9011, 2, 'hr11', 0, 1100000000000, 'f', 'ETH', '1', 'receive', 'none', '{bad'),
    (9012, 2, 'hr12', 0, 1100000000000, 'f', 'ETH', '1', 'receive', 'none', NULL);
INSERT INTO evm_events_info(identifier, tx_hash, counterparty) VALUES (9010, x'0a', 'x'), (9011, x'0b', NULL), (9012, x'0c', NULL);
INSERT INTO nfts(identifier, name, last_price, last_price_asset, manual_price, is_lp) VALUES
    ('_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_8', NULL, '1.50', 'USD', 0, 1),
    ('_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_7', 'n', '1E+2', 'USD', 1, 0);
INSERT INTO gnosispay_data(tx_hash, timestamp, merchant_name, country, mcc, transaction_symbol, transaction_amount, billing_symbol, billing_amount) VALUES
    (x'01', 900000000, 'a', 'DE', 1, 'EUR', '5.50', 'EUR', '5.50'),
    (x'02', 900000001, 'a', 'DE', 1, 'EUR', '15.00', 'EUR', '15.00'),
    (x'03', 900000002, 'b', 'GB', 1, 'GBP', '20', 'EUR', '23.10'),
    (x'04', 900000003, 'b', 'GB', 1, 'USD', '9', NULL, NULL);
INSERT INTO history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, asset, amount, type, subtype) VALUES
    (9020, 1, 'hr20', 0, 900000000000, 'B', 'LTC', '1', 'trade', 'spend'),
    (9021, 1, 'hr20', 1, 900000000000, 'B', 'ETH', '1', 'trade', 'receive'),
    (9022, 1, 'hr22', 0, 900000001000, 'A', 'ETH', '1', 'spend', 'none');
INSERT INTO evm_transactions(identifier, tx_hash, chain_id, timestamp, block_number, from_address, value, gas, gas_price, gas_used, input_data, nonce) VALUES
    (71, x'71', 1, 1, 1, 'a', '0', '0', '0', '0', x'', 1), (72, x'72', 1, 1, 1, 'a', '0', '0', '0', '0', x'', 2),
    (73, x'73', 1, 1, 1, 'a', '0', '0', '0', '0', x'', 3), (74, x'74', 10, 1, 1, 'a', '0', '0', '0', '0', x'', 4);
INSERT INTO evmtx_receipts(tx_id, status, type) VALUES (71, 1, 0), (72, 1, 0), (73, 1, 0), (74, 1, 0);
INSERT INTO evm_tx_mappings(tx_id, value) VALUES (71, 1), (71, 2), (72, 0), (72, 1), (74, 0);
INSERT INTO history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, asset, amount, type, subtype) VALUES
    (9030, 2, 'hr30', 0, 1710045000000, 'f', 'ETH', '1', 'receive', 'none'),
    (9031, 2, 'hr31', 0, 1710048600000, 'f', 'ETH', '1', 'receive', 'none'),
    (9032, 2, 'hr32', 0, 1710127800000, 'f', 'ETH', '1', 'receive', 'none'),
    (9033, 2, 'hr33', 0, 1710131400000, 'f', 'ETH', '1', 'receive', 'none'),
    (9034, 2, 'hr34', 0, 1717265700000, 'f', 'ETH', '1', 'receive', 'none'),
    (9035, 2, 'hr35', 0, 1717267500000, 'f', 'ETH', '1', 'receive', 'none'),
    (9036, 2, 'hr36', 0, 1730694600000, 'f', 'ETH', '1', 'receive', 'none'),
    (9037, 2, 'hr37', 0, 1730698200000, 'f', 'ETH', '1', 'receive', 'none');
INSERT INTO evm_events_info(identifier, tx_hash) VALUES
    (9030, x'30'), (9031, x'31'), (9032, x'32'), (9033, x'33'), (9034, x'34'), (9035, x'35'), (9036, x'36'), (9037, x'37');
-- transient
INSERT INTO pnl_reports VALUES (7, 2, 3, 4, 5, 6, 7, 8), (9, 2, 3, 4, 5, 6, 7, 8);
INSERT INTO pnl_events VALUES
    (701, 7, 5, '{"type": "Fee", "notes": "n", "location": "polygon_pos", "asset_identifier": "eTh", "free_amount": "1E+3", "taxable_amount": "-0", "price": "1.50", "pnl_taxable": "10", "pnl_free": "2", "cost_basis": null, "index": 0, "extra_data": {"tx_hash": "0x1", "group_id": "g", "other": 1}, "count_entire_amount_spend": true, "count_cost_basis_pnl": false}', '10', '2', 'ETH'),
    (702, 7, 5, '{"type": "trade", "notes": "ü", "location": "kraken", "asset_identifier": "LTC", "free_amount": "1e-7", "taxable_amount": "5", "price": "1", "pnl_taxable": "9", "pnl_free": "-1", "cost_basis": {"is_complete": false, "matched_acquisitions": [{"amount": "1E+1", "event": {"timestamp": 1, "full_amount": "1E+1", "rate": "x", "index": 2}, "taxable": true}]}, "index": 1, "extra_data": {}, "count_entire_amount_spend": false, "count_cost_basis_pnl": true}', '9', '-1', 'LTC'),
    (703, 7, 6, '{"type": "staking", "notes": "", "location": "external", "asset_identifier": "LTC", "free_amount": "0", "taxable_amount": "0", "price": "0", "pnl_taxable": "0", "pnl_free": "0", "cost_basis": null, "index": 2, "extra_data": {"tx_hash": null}, "count_entire_amount_spend": false, "count_cost_basis_pnl": true}', '100', '0', NULL);
-- global
INSERT INTO price_history(from_asset, to_asset, source_type, timestamp, price) VALUES
    ('LTC', 'USD', 'A', 999993600, '2.50'),
    ('LTC', 'USD', 'A', 1000080010, '3'),
    ('LTC', 'EUR', 'A', 1000080005, '4'),
    ('ETH', 'USD', 'B', 1000079000, '0.1');
