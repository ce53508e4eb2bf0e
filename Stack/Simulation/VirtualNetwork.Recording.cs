using UserNet.Link;

namespace UserNet.Simulation;

// Who takes down what happens.
public sealed partial class VirtualNetwork
{
    /// <summary>Takes down that something happened at a host, or to the network.</summary>
    /// <param name="who">Where.</param>
    /// <param name="what">What.</param>
    public void Note(string who, string what)
    {
        ArgumentNullException.ThrowIfNull(who);
        ArgumentNullException.ThrowIfNull(what);
    }

    internal ILink Record(ILink port, string name) => port;

    private void Record(VirtualLink link)
    {
    }

    private void CloseRecorders()
    {
    }
}
