using UserNet.Link;

namespace UserNet.Capture;

/// <summary>Hands what is recorded on to all who subscribed, each of whom may want some points alone.</summary>
/// <remarks>
/// A subscriber is told of the points that he wants, those that are there and those that come
/// (<see cref="IFrameRecorder.AddInterface"/>), and gets their frames under the numbers that he gave them, and all
/// notes. He may end his subscription from inside a call. One that throws gets nothing any more. One thread at a time.
/// </remarks>
/// <param name="onFailure">Is told what a subscriber threw.</param>
internal sealed class FrameLog(Action<Exception> onFailure) : IFrameRecorder
{
    private readonly List<(string Name, LinkMedium Medium)> _points = [];
    private readonly Dictionary<string, int> _numbers = [];      // looked up, never walked
    private Subscription[] _subscriptions = [];

    /// <summary>The number of a point, which is new or was there before.</summary>
    public int AddInterface(string name, LinkMedium medium)
    {
        if (_numbers.TryGetValue(name, out int number)) return number;
        number = _points.Count;
        _points.Add((name, medium));
        _numbers.Add(name, number);
        foreach (Subscription subscription in _subscriptions) subscription.AddPoint(name, medium);
        return number;
    }

    /// <summary>The number of a point that is there.</summary>
    public int NumberOf(string name) => _numbers[name];

    /// <inheritdoc/>
    public void Record(in RecordedFrame frame)
    {
        foreach (Subscription subscription in _subscriptions) subscription.Record(frame);
    }

    /// <inheritdoc/>
    public void Note(long nanoseconds, string who, string what)
    {
        foreach (Subscription subscription in _subscriptions) subscription.Note(nanoseconds, who, what);
    }

    /// <summary>Has a recorder hear of all that happens from now on, until the answer is disposed.</summary>
    /// <param name="recorder">Who hears.</param>
    /// <param name="wants">Which points, by their names; null for all. Asked once for each.</param>
    public IDisposable Subscribe(IFrameRecorder recorder, Func<string, bool>? wants = null)
    {
        var subscription = new Subscription(this, recorder, wants);
        foreach ((string name, LinkMedium medium) in _points) subscription.AddPoint(name, medium);
        _subscriptions = [.. _subscriptions, subscription];
        return subscription;
    }

    private sealed class Subscription(FrameLog log, IFrameRecorder recorder, Func<string, bool>? wants) : IDisposable
    {
        private readonly List<int> _numbers = [];      // the recorder's, by ours; -1 for a point that it does not want
        private bool _isOver;

        public void AddPoint(string name, LinkMedium medium) =>
            Try((name, medium), static (self, point) =>
                self._numbers.Add(self.Wants(point.name) ? self.Recorder.AddInterface(point.name, point.medium) : -1));

        public void Record(in RecordedFrame frame)
        {
            int number = _isOver ? -1 : _numbers[frame.Interface];
            if (number < 0) return;
            try
            {
                recorder.Record(frame.At(number));
            }
#pragma warning disable CA1031 // it comes out of the run
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Fail(exception);
            }
        }

        public void Note(long nanoseconds, string who, string what) =>
            Try((nanoseconds, who, what), static (self, note) => self.Recorder.Note(note.nanoseconds, note.who, note.what));

        public void Dispose()
        {
            if (_isOver) return;
            _isOver = true;
            log._subscriptions = [.. log._subscriptions.Where(other => other != this)];
        }

        private IFrameRecorder Recorder => recorder;

        private bool Wants(string name) => wants?.Invoke(name) ?? true;

        private void Try<T>(T argument, Action<Subscription, T> action)
        {
            if (_isOver) return;
            try
            {
                action(this, argument);
            }
#pragma warning disable CA1031 // it comes out of the run
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Fail(exception);
            }
        }

        private void Fail(Exception exception)
        {
            Dispose();
            log.OnFailure(exception);
        }
    }

    private void OnFailure(Exception exception) => onFailure(exception);
}
