//! What only premium users get, and who is none.

use crate::{
    handlers::{Context, Handler, Stop, Unanswered, handler::Outcome, rows},
    schema::needs::Tables,
    session::who::User,
    wire::Answer,
};

/// `GET /api/1/statistics/value_distribution`
pub const VALUE_DISTRIBUTION: Handler =
    Handler::reads("statistics_value_distribution", "GET /api/1/statistics/value_distribution", |context| {
        Box::pin(premium_alone(context))
    })
    .needs_user(KEYS);
/// `POST /api/1/statistics/balance`
pub const BALANCE: Handler =
    Handler::reads("statistics_balance", "POST /api/1/statistics/balance", |context| Box::pin(premium_alone(context)))
        .needs_user(KEYS);

/// What [`premium_alone`] reads.
pub(in crate::handlers) const KEYS: Tables = &["user_credentials(location)"];

/// Refused without premium; with it legacy answers, and looks at the arguments only then.
pub(in crate::handlers) async fn premium_alone(context: Context) -> Outcome {
    let user = context.login()?;
    without_premium(&user)?;
    let keys = context.read_user(&user, |transaction| {
        rows::total(transaction, "SELECT COUNT(*) FROM user_credentials WHERE location = 'A'")
    });
    if keys.await? > 0 {
        // A subscription that is there and not active lets its user in.
        return Err(Stop::declined("whether legacy keeps an inactive premium subscription is not known"));
    }
    let name = &user.name;
    Ok(Answer::failure(403, &format!("Currently logged in user {name} does not have a premium subscription")))
}

/// Goes on only if it is known that there is no premium. Whether one that is there is active only legacy knows.
///
/// # Errors
/// There is, or it is not known.
pub(in crate::handlers) fn without_premium(user: &User) -> Result<(), Unanswered> {
    match user.premium {
        Some(false) => Ok(()),
        Some(true) => Err(Unanswered::declined("with premium it depends on what the server said to legacy")),
        None => Err(Unanswered::declined("whether there is premium is not known")),
    }
}
