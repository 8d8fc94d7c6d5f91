import json


def process_result(result):
    return result


class RotkiNotifier:
    def __init__(self):
        self.subscribers = []
        self.locks = {}

    def subscribe(self, websocket):
        self.subscribers.append(websocket)
        self.locks[websocket] = None

    def broadcast(
        self,
        message_type,
        to_send_data,
        success_callback=None,
        success_callback_args=None,
        failure_callback=None,
        failure_callback_args=None,
    ):
        try:
            text = json.dumps(process_result({'type': message_type, 'data': to_send_data}))
        except TypeError:
            failure_callback(**(failure_callback_args or {}))
            return
        for websocket in self.subscribers:
            assert websocket in self.locks
            websocket.send(text)
            if success_callback is not None:
                success_callback(**(success_callback_args or {}))
        if not self.subscribers and failure_callback is not None:
            failure_callback(**(failure_callback_args or {}))
