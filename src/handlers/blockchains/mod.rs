//! `/api/1/blockchains`
//!
//! - [`constants`]: which chains and modules there are

pub mod constants;
