using System.Net.Sockets;

namespace UserNet.Tests.Interop;

/// <summary>Echoes the octets of one stream of the kernel's after the other, on a thread that ends with it.</summary>
internal sealed class StreamEcho : IDisposable
{
    private readonly Socket _listener;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private Socket? _stream;
    private bool _ends;

    /// <summary>Begins with a socket that listens, which it closes at the end.</summary>
    public StreamEcho(Socket listener)
    {
        _listener = listener;
        _thread = new Thread(EchoAll) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ends = true;
            _stream?.Dispose();      // whose peer may be gone without a word
        }

        _listener.Dispose();
        _thread.Join();
    }

    private void EchoAll()
    {
        byte[] octets = new byte[65_536];
        try
        {
            while (true)
            {
                using Socket stream = _listener.Accept();
                lock (_gate)
                {
                    if (_ends) return;
                    _stream = stream;
                }

                Echo(stream, octets);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static void Echo(Socket stream, byte[] octets)
    {
        try
        {
            while (stream.Receive(octets) is var length and > 0)
                for (int sent = 0; sent < length;) sent += stream.Send(octets, sent, length - sent, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The next one may go better.
        }
    }
}
