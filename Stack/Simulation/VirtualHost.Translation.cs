using UserNet.Emulation;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Simulation;

// Network address translation, which stands between the stack and what is recorded of the wire.
public sealed partial class VirtualHost
{
    /// <summary>The address translation of the boot that is up; null without one. A restart forgets its mappings.</summary>
    public AddressTranslation? Translation
    {
        get => IsUp ? field : null;
        private set;
    }

    private ILink Translate(Interface entry, ILink link)
    {
        if (_options.Translation is not { } options) return link;
        bool isOuter = _options.TranslatedInterface is { } name
            ? entry.Name == name
            : entry.Options.Addresses.Any(text => AddressText.ParseWithLength(text).Address == options.OuterAddress);
        return isOuter
            ? Translation = new AddressTranslation(link, options, Clock, _network.Randomness($"translation of {Name}"))
            : link;
    }
}
