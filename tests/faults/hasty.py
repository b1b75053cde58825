"""Web's worker with a patience that a test can wait for: `gunicorn --worker-class tests.faults.hasty.HastyWorker`."""

from convsync import serving

serving.HEAD_SECONDS, serving.WHOLE_SECONDS, serving.LINGER_SECONDS = 1.0, 2.0, 0.5
HastyWorker = serving.PatientWorker
