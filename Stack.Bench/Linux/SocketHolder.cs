namespace UserNet.Bench.Linux;

/// <summary>
/// A thread with a table of open files of its own, in the network namespace of the thread that made it: holds as many
/// sockets as a process may, however many such threads there are.
/// </summary>
internal sealed class SocketHolder : IDisposable
{
    private readonly Thread _thread;
    private readonly SemaphoreSlim _asked = new(0), _answered = new(0);
    private readonly List<int> _sockets = [];
    private Func<int>? _open;      // null to end
    private int _wanted;
    private Exception? _fault;

    public SocketHolder()
    {
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>How many sockets it holds.</summary>
    public int Count => _sockets.Count;

    /// <summary>Opens this many more sockets, on the holder's thread.</summary>
    public void Hold(int count, Func<int> open)
    {
        _open = open;
        _wanted = _sockets.Count + count;
        _asked.Release();
        _answered.Wait();
        if (_fault is not null) throw new InvalidOperationException(_fault.Message, _fault);
    }

    /// <summary>Closes all of them.</summary>
    public void Dispose()
    {
        _open = null;
        _asked.Release();
        _thread.Join();
        _asked.Dispose();
        _answered.Dispose();
    }

    private void Serve()
    {
        try
        {
            LibC.LeaveSharedFiles();
        }
        catch (InvalidOperationException e)
        {
            _fault = e;
        }

        for (_asked.Wait(); _open is not null; _asked.Wait())
        {
            try
            {
                while (_fault is null && _sockets.Count < _wanted) _sockets.Add(_open());
            }
            catch (InvalidOperationException e)
            {
                _fault = e;      // thrown again where it was asked for
            }

            _answered.Release();
        }

        foreach (int socket in _sockets) _ = LibC.Close(socket);
    }
}
