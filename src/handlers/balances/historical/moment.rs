//! Everything at one moment.

use crate::handlers::{
    Context, Handler, Stop,
    handler::Outcome,
    statistics::premium::{KEYS, subscriber},
};

/// `POST /api/1/balances/historical`
pub const MOMENT: Handler =
    Handler::reads("balances_historical", "POST /api/1/balances/historical", |context| Box::pin(moment(context)))
        .needs_user(KEYS)
        .refuses(&[401, 403]);

/// Refused without premium. With it there are prices, which come from the network.
async fn moment(context: Context) -> Outcome {
    subscriber(&context).await?;
    Err(Stop::declined("prices may have to be asked for on the network"))
}
