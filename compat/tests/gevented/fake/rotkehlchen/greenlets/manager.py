import gevent


class GreenletManager:
    def __init__(self):
        self.greenlets = []
        self.errors = []

    def spawn_and_track(self, after_seconds, task_name, exception_is_error, method, **kwargs):
        greenlet = gevent.spawn_later(after_seconds or 0, method, **kwargs)
        greenlet.task_name = task_name
        greenlet.link_exception(lambda dead: self.errors.append((task_name, exception_is_error, str(dead.exception))))
        self.greenlets.append(greenlet)
        return greenlet

    def has_task(self, name):
        return any(not greenlet.dead and greenlet.task_name.startswith(name) for greenlet in self.greenlets)

    def clear_finished(self):
        self.greenlets = [greenlet for greenlet in self.greenlets if not greenlet.dead]
