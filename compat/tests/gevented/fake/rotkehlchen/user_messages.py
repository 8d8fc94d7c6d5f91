class MessagesAggregator:
    def __init__(self):
        self.errors = []
        self.rotki_notifier = None

    def add_message(self, message_type, data):
        self.rotki_notifier.broadcast(message_type, data, failure_callback=self._append, failure_callback_args={'msg': data})

    def _append(self, msg):
        self.errors.append(msg)

    def consume_warnings(self):
        return []

    def consume_errors(self):
        errors, self.errors = self.errors, []
        return errors
