class AssetResolver:
    __instance = None
    assets_cache = {}
    types_cache = {}

    def __new__(cls):
        AssetResolver.__instance = AssetResolver.__instance or object.__new__(cls)
        return AssetResolver.__instance

    @staticmethod
    def clean_memory_cache(identifier=None):
        assert AssetResolver.__instance is not None
        for cache in (AssetResolver.assets_cache, AssetResolver.types_cache):
            if identifier is None:
                cache.clear()
            else:
                cache.pop(identifier.lower(), None)
