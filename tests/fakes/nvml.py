"""The library that asks NVIDIA's driver, as far as it is used here."""

from types import SimpleNamespace

GIB = 1024**3


class NVMLError(Exception):
    """As the driver's library raises it."""


class Driver:
    """Two GPUs of which the second says little, as virtual ones do."""

    NVML_TEMPERATURE_GPU = 0
    NVMLError = NVMLError

    def __init__(self, is_there=True):
        self.is_there, self.is_open = is_there, False

    def nvmlInit(self):
        if not self.is_there:
            raise NVMLError("library not found")
        self.is_open = True

    def nvmlShutdown(self):
        self.is_open = False

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, number):
        return number

    def nvmlDeviceGetName(self, gpu):
        return [b"H200", "vGPU"][gpu]

    def nvmlDeviceGetMemoryInfo(self, gpu):
        return SimpleNamespace(used=2 * GIB, free=(gpu * 8 + 5) * GIB, total=(gpu + 1) * 8 * GIB)

    def nvmlDeviceGetUtilizationRates(self, gpu):
        return self._said(gpu, SimpleNamespace(gpu=42))

    def nvmlDeviceGetTemperature(self, gpu, sensor):
        return self._said(gpu, 61)

    def nvmlDeviceGetPowerUsage(self, gpu):
        return self._said(gpu, 350_500)

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu):
        return self._said(gpu, 700_000)

    @staticmethod
    def _said(gpu, value):
        if gpu:
            raise NVMLError("not supported")
        return value
