//! Who is a premium user, and who is none.

use crate::{
    handlers::{Context, Stop, Unanswered, rows},
    schema::needs::Tables,
    session::who::User,
    wire::Answer,
};

/// What [`subscriber`] reads.
pub(in crate::handlers) const KEYS: Tables = &["user_credentials(location)"];

/// The logged-in user, if a premium one: whether or not the subscription is active. Legacy looks at the arguments after
/// that.
///
/// # Errors
/// The refusal that everybody else gets, or it is not known.
pub(in crate::handlers) async fn subscriber(context: &Context) -> Result<User, Stop> {
    let user = context.login()?;
    if user.premium == Some(true) {
        return Ok(user);
    }
    without_premium(&user)?;
    let keys = context.read_user(&user, |transaction| {
        rows::total(transaction, "SELECT COUNT(*) FROM user_credentials WHERE location = 'A'")
    });
    if keys.await? > 0 {
        // Legacy tries the keys once an hour, and has a subscription from then on.
        return Err(Stop::declined("whether legacy's keys have got it a premium subscription by now is not known"));
    }
    let name = &user.name;
    let refusal = format!("Currently logged in user {name} does not have a premium subscription");
    Err(Stop::Refused(Answer::failure(403, &refusal)))
}

/// Goes on only if it is known that there is no premium. What one that is there lets its user see only legacy knows.
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
