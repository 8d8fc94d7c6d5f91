"""Premium endpoints: nobody has premium here, so they refuse before they look at anything else."""

from typing import NoReturn

from flask.views import MethodView

from legacy.guards import refuse_without_premium


class PremiumDevices(MethodView):
    def get(self) -> NoReturn:
        refuse_without_premium()


class PremiumSync(MethodView):
    def put(self) -> NoReturn:
        refuse_without_premium()
