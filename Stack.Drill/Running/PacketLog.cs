using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>The packets that passed, in the script's syntax and numbers, for whoever looks for what went wrong.</summary>
internal sealed class PacketLog(Action<string>? trace)
{
    private const int Most = 200;

    private readonly Queue<string> _lines = new();

    /// <summary>The last of them, oldest first.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>A packet that came to the stack.</summary>
    public void Add(long time, PacketSpec packet) => Add($"{PacketText.Seconds(time)} {PacketText.Of(packet)}");

    /// <summary>A packet that left it, and the line that it was taken for.</summary>
    public void Add(SeenPacket packet, SocketUnderTest? socket, PacketSpec line) =>
        Add($"{PacketText.Seconds(packet.Time)} {PacketText.Of(packet, socket, line)}");

    /// <summary>A packet that left it and that no line was waiting for.</summary>
    public void Add(SeenPacket packet, SocketUnderTest? socket, string remark) =>
        Add($"{PacketText.Seconds(packet.Time)} {PacketText.Of(packet, socket)} // {remark}");

    /// <summary>Something else that happened, for the trace of a verbose script.</summary>
    public void Note(long time, string text, bool isVerbose)
    {
        if (isVerbose) trace?.Invoke($"{PacketText.Seconds(time)} {text}");
    }

    private void Add(string line)
    {
        if (_lines.Count == Most) _lines.Dequeue();
        _lines.Enqueue(line);
        trace?.Invoke(line);
    }
}
