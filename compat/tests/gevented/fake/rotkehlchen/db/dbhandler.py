from pathlib import Path


class DBHandler:
    def __init__(self, user_data_dir, password):
        self.user_data_dir = Path(user_data_dir)
        self.password = password

    def change_password(self, new_password):
        self.password = new_password
        return True

    def import_unencrypted(self, unencrypted_db_data):
        if unencrypted_db_data == b'bad':
            raise ValueError('bad data')

    def create_db_backup(self):
        return self.user_data_dir / 'backup'
