//! Tasks end with their user's session.

use crate::dispatch::Bridge;

impl Bridge {
    /// Ends the tasks of users who have left since. To be called whenever the session may have changed, before anybody
    /// hears of that. Gives the number of the login that is.
    pub fn follow_session(&self) -> u64 {
        let login = self.session.logouts();
        self.queries.follow(login);
        login
    }
}
