DELETE FROM timed_balances;
DELETE FROM timed_location_data;
DELETE FROM multisettings WHERE name = 'ignored_asset';
DELETE FROM settings WHERE name IN ('treat_eth2_as_eth', 'infer_zero_timed_balances', 'ssf_graph_multiplier', 'balance_save_frequency');
INSERT OR IGNORE INTO assets(identifier) VALUES ('ETH'), ('ETH2'), ('LTC'), ('BTC'), ('EUR'), ('eth'),
    ('_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_7'), ('Xnft_8'),
    ('eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F'),
    ('eip155:10/erc20:0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1'),
    ('eip155:137/erc20:0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063');
-- a day after the other, from 1600000000 on
INSERT INTO timed_balances(timestamp, currency, category, amount, usd_value) VALUES
    (1600000000, 'BTC', 'A', '1', '30.0'),
    (1600000000, 'ETH', 'A', '1.50', '20'),
    (1600000000, 'ETH2', 'A', '0.5', '-0'),
    (1600000000, 'LTC', 'A', '5', '1E+3'),
    (1600086400, 'BTC', 'B', '1', '30.0'),
    (1600086400, 'ETH', 'A', '1E+3', '20'),
    (1600086400, 'LTC', 'A', '5', '7'),
    (1600172800, 'BTC', 'A', '1', '30.0'),
    (1600172800, 'LTC', 'B', '5', '7'),
    (1600172800, '_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_7', 'A', '1', '0.1'),
    (1600172800, 'Xnft_8', 'A', '1', '0.2'),
    (1600259200, 'BTC', 'A', '1', '30.0'),
    (1600259200, 'ETH2', 'A', '32', '40'),
    (1600259200, 'eip155:10/erc20:0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1', 'A', '0.4', '3'),
    (1600345600, 'BTC', 'A', '1', '30.0'),
    (1600345600, 'ETH', 'A', '0.0', '1'),
    (1600345600, 'EUR', 'A', '0', '0'),
    (1600345600, 'eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F', 'A', '111111111111111111111111111111111111111111111111111111111111111111111111111111', '1'),
    (1600345600, 'eip155:10/erc20:0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1', 'A', '0.4', '1'),
    (1600345600, 'eip155:137/erc20:0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063', 'A', '0.4', '1'),
    (1600432000, 'BTC', 'A', '1', '30.0'),
    (1600432000, 'ETH', 'A', '2', '1'),
    (1600432000, 'LTC', 'A', '-0.5', '-1.0'),
    (1600950400, 'BTC', 'A', '1', '30.0'),
    (1600950400, 'ETH', 'A', '2.0', '20'),
    (1600950400, 'ETH2', 'A', '1', '9.99'),
    (1600950400, 'LTC', 'A', '7', '29.99'),
    (1600950400, 'LTC', 'B', '7', '29.99'),
    (1600950400, 'EUR', 'A', '29.99', '29.990'),
    (1600950400, '_nft_0xC36442b4a4522E871399CD717aBDD847Ab11FE88_7', 'A', '1', '31E-1'),
    (1600950400, 'eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F', 'A', '5', '1e-7');
INSERT INTO timed_location_data(timestamp, location, usd_value) VALUES
    (1600000000, 'H', '1050.0'),
    (1600172800, 'H', '37'),
    (1600172800, 'B', '37'),
    (1600950401, 'H', '1E+2'),
    (1600950401, 'A', '0'),
    (1600950401, 'B', '0.0'),
    (1600950401, 'I', '-5.50'),
    (1600950401, 'f', '');
